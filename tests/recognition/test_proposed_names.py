"""Hostile names: the file that is written says them all, and holds no character that turns a line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from hostile_names import NAMES, make, quoted
from pgsluice.config.rules import parse_rules
from pgsluice.recognition.rules_text import toml_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from proposing import Proposed

    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db


def test_hostile_names_are_proposed_for_and_planned(shell: Shell) -> None:
    make(shell.source)

    ended = shell.run("init", f"--source={shell.source.dsn}", "--show-samples")
    plan = shell.run("plan", f"--source={shell.source.dsn}", "--rules=rules.toml", f"--key-file={shell.key_file()}")

    text = (shell.directory / "rules.toml").read_text(encoding="utf-8")
    tables = parse_rules(tomllib.loads(text), name="the proposal").tables
    assert ended.status == 0, ended.said
    assert set(tables) == {label for name in NAMES for label in (f"{name}.{name}", f"{name}.child")}
    assert all("id" in tables[f"{name}.child"].rules for name in NAMES)
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert [char for char in ended.stderr if not char.isprintable() and char != "\n"] == []
    assert plan.status == 3
    told = [line for line in plan.stderr.splitlines() if line.startswith("  table")]
    # More than forty are told a table a line.
    assert told
    assert [line for line in told if "is neither masked nor kept" not in line and ": undecided: " not in line] == []
    # Of each pair of tables: the key, the domain over text and the text; the enum is kept, the other key follows.
    opened = [line for line in text.splitlines() if line.startswith("#? ")]
    assert len(opened) + sum(" (integer) is neither" in line and ".child" in line for line in told) == len(told)


def test_hostile_names_are_updated_in_place(shell: Shell, source_db: Database) -> None:
    make(source_db)
    first = shell.run("init", f"--source={source_db.dsn}", "--no-samples")
    path = shell.directory / "rules.toml"
    before = path.read_text(encoding="utf-8")
    for name in NAMES:
        source_db.execute(f"ALTER TABLE {quoted(name)}.{quoted(name)} ADD email text")

    ended = shell.run("init", f"--source={source_db.dsn}", "--no-samples", "--update")
    again = shell.run("init", f"--source={source_db.dsn}", "--no-samples", "--update")

    after = path.read_text(encoding="utf-8")
    tables = tomllib.loads(after)["tables"]
    assert (first.status, ended.status, again.status) == (0, 0, 0), ended.said
    assert {label for label, entry in tables.items() if entry["columns"].get("email") == "email"} == {
        f"{name}.{name}" for name in NAMES
    }
    assert len(after.splitlines()) == len(before.splitlines()) + 2 * len(NAMES)
    assert "nothing is new" in again.stderr


@pytest.mark.parametrize("text", [*NAMES, "\x7f", "\x00", "\u2028", "\U000e0001", "\t\b\f\r", "", '\\"'])
def test_toml_strings_are_read_back_and_print(text: str) -> None:
    written = toml_string(text)

    assert tomllib.loads(f"a = {written}") == {"a": text}
    assert written.isprintable()


def test_tables_that_no_rule_can_tell_apart_are_named_and_left(propose: Callable[..., Proposed]) -> None:
    proposed = propose(
        """CREATE SCHEMA a; CREATE SCHEMA "a.b"; CREATE TABLE a."b.c" (email text); CREATE TABLE "a.b".c (phone text);
           CREATE TABLE a.d (email text)"""
    )

    assert list(proposed.document["tables"]) == ["a.d"]
    assert proposed.draft.namesakes == ("a.b.c",)
