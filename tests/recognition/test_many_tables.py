"""A database of a thousand tables: what is the same in all of them is said once."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from commands import Shell
from pgsluice.recognition.patterns import TABLES_MIN

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

TABLES = 1000


def make(database: Database, tables: int) -> None:
    database.execute(
        f"""SET synchronous_commit = off;
            DO $$ BEGIN FOR n IN 1..{tables} LOOP
                EXECUTE format('CREATE TABLE %1$I (id int GENERATED ALWAYS AS IDENTITY, email text, odd text,
                                                   status text, %2$I text, made_at timestamptz)',
                               'table_' || n, 'own_' || n);
                EXECUTE format('INSERT INTO %I (email, odd, status) SELECT n || ''@example.com'', ''odd '' || n, ''on''
                                  FROM generate_series(1, 12) AS n', 'table_' || n);
            END LOOP; END $$"""
    )


def test_thousand_tables_are_proposed_for_by_patterns(shell: Shell) -> None:
    make(shell.source, TABLES)
    # Looks like the others and is not: the pattern must not catch it.
    shell.source.execute("CREATE TABLE other (made_at text)")

    ended = shell.run("init", f"--source={shell.source.dsn}")
    plan = shell.run("plan", f"--source={shell.source.dsn}", "--rules=rules.toml", f"--key-file={shell.key_file()}")

    text = (shell.directory / "rules.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    asked = [line for line in plan.stderr.splitlines() if line.startswith("  table")]
    assert ended.status == 0, ended.said
    assert document["columns"] == {"*.email": "email", "*.id": "keep"}
    assert '#? "*.odd"' in text
    assert document["tables"]["public.table_7"]["columns"]["made_at"] == "keep"
    assert '#? own_7 = "?"' in text
    # A line for each table; in each `odd`, `status` (twelve rows show nothing) and its own column; the other one's.
    assert [line for line in asked if ": undecided: " not in line] == []
    assert len(asked) == TABLES + 1
    assert sum(line.count("(text)") for line in asked) == 3 * TABLES + 1


def test_update_of_many_tables_takes_patterns_that_are_left_for_listed(shell: Shell) -> None:
    make(shell.source, TABLES_MIN + 1)
    first = shell.run("init", f"--source={shell.source.dsn}", "--no-samples")
    before = (shell.directory / "rules.toml").read_text(encoding="utf-8")

    again = shell.run("init", f"--source={shell.source.dsn}", "--no-samples", "--update")

    assert (first.status, again.status) == (0, 0), again.said
    assert "nothing is new" in again.stderr
    assert (shell.directory / "rules.toml").read_text(encoding="utf-8") == before


def test_few_tables_get_entries_of_their_own(shell: Shell) -> None:
    make(shell.source, 3)

    ended = shell.run("init", f"--source={shell.source.dsn}", "--rules=-")

    assert ended.status == 0, ended.said
    assert "columns" not in tomllib.loads(ended.stdout)
