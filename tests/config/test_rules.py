"""The rules file: every wrong word is named, with the nearest right one, and all of them at once."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from commands import PROGRAM
from pgsluice.config.rules import read_rules
from pgsluice.errors import RulesError

if TYPE_CHECKING:
    from pathlib import Path

#: A file's text and the problem it has.
WRONG = {
    "no version": ('[columns]\n"*" = "keep"', "the file: expected version = 1"),
    "other version": ("version = 2", "the file: expected version = 1"),
    "version as text": ('version = "1"', "the file: expected version = 1"),
    "top word": ("version = 1\ncolums = {}", 'the file: unrecognized word "colums" (nearest: "columns")'),
    "far top word": ("version = 1\nzzz = {}", 'the file: unrecognized word "zzz"'),
    "columns no table": ('version = 1\ncolumns = "keep"', 'the file: "columns" takes a table'),
    "tables no table": ("version = 1\ntables = [1]", 'the file: "tables" takes a table'),
    "locale": ("version = 1\nlocale = 3", 'the file: "locale" takes a string, for example "de_DE"'),
    "table no table": ('version = 1\n[tables]\n"a.b" = 1', 'table "a.b": expected a table with "columns" or "rows"'),
    "table word": (
        'version = 1\n[tables."a.b"]\ncolumn = {}',
        'table "a.b": unrecognized word "column" (nearest: "columns")',
    ),
    "rows": ('version = 1\n[tables."a.b"]\nrows = "some"', 'table "a.b": "rows" takes "all" or "none"'),
    "mask": (
        'version = 1\n[columns]\n"*.x" = "emial"',
        'pattern "*.x": unrecognized mask "emial" (nearest: "email")',
    ),
    "mask of a table": (
        'version = 1\n[tables."a.b".columns]\nc = "hush"',
        'table "a.b", column "c": unrecognized mask "hush" (nearest: "hash")',
    ),
    "parameter": (
        'version = 1\n[columns]\n"*.x" = { mask = "hash", lenght = 3 }',
        'pattern "*.x": unrecognized parameter "lenght" of mask "hash" (nearest: "length")',
    ),
    "no mask": (
        'version = 1\n[columns]\n"*.x" = { length = 3 }',
        'pattern "*.x": expected the name of a mask or a table with "mask"',
    ),
    "rule is a number": (
        'version = 1\n[columns]\n"*.x" = 3',
        'pattern "*.x": expected the name of a mask or a table with "mask"',
    ),
    "domain": (
        'version = 1\n[columns]\n"*.x" = { mask = "hash", domain = 3 }',
        'pattern "*.x": "domain" takes a string',
    ),
    "rows as a list": ('version = 1\n[tables."a.b"]\nrows = []', 'table "a.b": "rows" takes "all" or "none"'),
    "function without a name": (
        'version = 1\n[columns]\n"*.x" = "python:"',
        'pattern "*.x": a mask function is given as python:package.module:function',
    ),
    "function with a parameter": (
        'version = 1\n[columns]\n"*.x" = { mask = "python:m:f", length = 3 }',
        'pattern "*.x": unrecognized parameter "length" of a mask function',
    ),
}


def refused(path: Path, text: str | bytes) -> RulesError:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RulesError) as raised:
        read_rules(path)
    return raised.value


@pytest.mark.parametrize("what", WRONG)
def test_rules_one_problem_is_named(tmp_path: Path, what: str) -> None:
    text, problem = WRONG[what]

    error = refused(tmp_path / "rules.toml", text)

    assert (problem,) == error.problems
    assert error.exit_status == 2


def test_rules_all_problems_come_at_once(tmp_path: Path) -> None:
    text = """
        verson = 1
        locale = 1
        [columns]
        "*.a" = "emial"
        "*.b" = { mask = "hash", lenght = 3, domian = "x" }
        [tables."s.t"]
        rows = 1
        [tables."s.t".columns]
        c = 1
    """

    error = refused(tmp_path / "rules.toml", text)

    assert len(error.problems) == 8
    assert error.message == f'rules file "{tmp_path}/rules.toml" has 8 problems'


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"version = ", "at end of document"),
        (b"version = 1\nx = =", "at line 2, column 5"),
        (b"version = 1\n[columns]\n[columns]\n", "line 3"),
        (b"version = 1\n\xff", "is not TOML"),
        (b"canary-17 = = 'canary-18'", "is not TOML"),
        (b"a = 'canary-19", "is not TOML"),
    ],
)
def test_rules_not_toml_names_the_place_and_no_value(tmp_path: Path, content: bytes, word: str) -> None:
    error = refused(tmp_path / "rules.toml", content)

    assert word in error.message
    assert "canary" not in error.message
    assert error.exit_status == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[columns]\n"*.a" = "hash"\n"*.b" = "null"\n"*.a" = "keep"\nx = 1', "line 4"),
        ('version = 1\n[columns]\n"*.a" = "hash"\n"*.a" = "keep"\n\n', "line 4"),
        ('[columns]\n"*.a" = "hash"\n[tables]\n[columns]\n', "line 4"),
        ('[tables."a.b".columns]\nx = { mask = "hash", mask = "null" }', "line 2"),
    ],
)
def test_rules_name_that_comes_twice_is_told_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    error = refused(tmp_path / "rules.toml", text)

    assert "twice" in error.message
    assert place in error.message


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_rules_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "missing.toml" if kind == "missing" else tmp_path

    with pytest.raises(RulesError, match="could not read the rules file"):
        read_rules(path)


def test_rules_patterns_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('version = 1\n[columns]\n"*.b" = "hash"\n"*" = "keep"\n"*.a" = "null"\n')

    rules = read_rules(path)

    assert [pattern.text for pattern in rules.patterns] == ["*.b", "*", "*.a"]


def test_copy_with_wrong_rules_ends_with_2_before_it_connects(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('version = 1\n[columns]\n"*.x" = "emial"\n"*.y" = "hush"\n')

    ended = subprocess.run(
        [
            PROGRAM, "copy", "--source=postgresql://nobody@127.0.0.1:1/x", "--target=postgresql://nobody@127.0.0.1:1/y",
            f"--rules={rules}", "--random-key",
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode == 2, ended.stderr
    assert "emial" in ended.stderr
    assert "hush" in ended.stderr
