"""Python functions as masks: they work, and what goes wrong in them fails the table without a value shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands import Shell

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

CANARY = "canary-5b1f"


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A shell in which user_masks can be imported, and a source with canaries."""
    source_db.execute(
        f"""CREATE TABLE t (id int PRIMARY KEY, v varchar(40) NOT NULL, w text[]);
            INSERT INTO t SELECT n, '{CANARY}-' || n, ARRAY['{CANARY}', NULL, n::text] FROM generate_series(1, 9) AS n;
            CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)"""
    )
    return Shell(tmp_path, source_db, target_db, {"PYTHONPATH": f"{Path(__file__).parent}:{_own_path()}"})


def _own_path() -> str:
    import os

    return os.environ.get("PYTHONPATH", "")


def rules(function: str, other: str = '"null"') -> str:
    return f'[columns]\n"*.id" = "keep"\n[tables."public.t".columns]\nv = "python:user_masks:{function}"\nw = {other}\n'


def test_copy_python_function_is_given_each_value(shell: Shell) -> None:
    ended = shell.copy(rules("reverse", '{ mask = "keep", reason = "a test" }'), "--batch-rows=4", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    found = shell.target.fetch("SELECT v FROM t ORDER BY id")
    assert found == [(f"{CANARY}-{n}"[::-1],) for n in range(1, 10)]


@pytest.mark.parametrize(
    "function",
    [
        "nothing", "too_few", "too_long", "wrong_type", "no_list", "with_nul", "surrogate", "raises", "raises_from",
        "exits", "raises_group",
    ],
)  # fmt: skip
def test_copy_python_function_that_goes_wrong_fails_its_table(shell: Shell, function: str) -> None:
    ended = shell.copy(rules(function))

    assert ended.status == 1, ended.said
    states = {table["table"]: table["state"] for table in ended.data["tables"]}
    assert states == {"public.t": "failed", "public.u": "done"}
    assert 'column "v"' in ended.stderr
    assert "internal error" not in ended.stderr
    for text in (ended.said, *(path.read_text() for path in shell.audit_directory.iterdir())):
        assert CANARY not in text
    assert shell.target.fetch("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u)") == [(0, 1)]


@pytest.mark.parametrize("function", ["no_such_function", "not_callable"])
def test_copy_python_function_that_is_not_there_is_refused(shell: Shell, function: str) -> None:
    ended = shell.copy(rules(function))

    assert ended.status == 3, ended.said
    assert 'table "public.t", column "v"' in ended.stderr
    assert shell.target.value("SELECT to_regclass('t')") is None
