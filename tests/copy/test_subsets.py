"""Copies of some tables: what they leave out must not be lost, nor missed by what they copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP, OTHER_KEY

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

SOURCE = """
CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT generate_series(1, 20);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
INSERT INTO child SELECT n, n FROM generate_series(1, 20) AS n;
"""


def test_restart_of_some_tables_empties_no_other(shell: Shell) -> None:
    """A restart emptied every table of the earlier run and filled the chosen ones: the others were lost."""
    shell.source.execute(SOURCE)
    assert shell.copy(KEEP).status == 0

    ended = shell.copy(KEEP, "--restart", "--tables=public.parent")

    assert (ended.status, '"public.child"' in ended.stderr) == (3, True), ended.said
    assert shell.target.value("SELECT count(*) FROM child") == 20


def test_copy_without_what_it_refers_to_is_refused_before_the_schema_is_made(shell: Shell) -> None:
    """The rows were copied, then the foreign key could not be made, and indexes with it."""
    shell.source.execute(SOURCE)

    ended = shell.copy(KEEP, "--tables=public.child")

    assert (ended.status, '"public.parent"' in ended.stderr) == (3, True), ended.said
    assert shell.target.value("SELECT to_regclass('child') IS NULL")


def test_copy_with_the_referring_column_nulled_needs_no_parent(shell: Shell) -> None:
    shell.source.execute(SOURCE)

    ended = shell.copy(KEEP + '[tables."public.child".columns]\nparent = "null"\n', "--tables=public.child")

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT count(*) FROM child WHERE parent IS NULL") == 20


def test_target_column_that_nothing_fills_is_refused(shell: Shell) -> None:
    shell.source.execute(SOURCE)
    shell.target.execute("CREATE TABLE parent (id int PRIMARY KEY, must text NOT NULL)")

    ended = shell.copy(KEEP, "--tables=public.parent")

    assert (ended.status, '"must"' in ended.stderr) == (3, True), ended.said


def test_status_with_the_key_of_another_run_is_no_alarm(shell: Shell) -> None:
    shell.source.execute(SOURCE)
    assert shell.copy(KEEP).status == 0

    ended = shell.run("status", f"--target={shell.target.dsn}", f"--key-file={shell.key_file(OTHER_KEY)}")

    assert (ended.status, "the chain holds" in ended.stdout) == (0, True), ended.said
