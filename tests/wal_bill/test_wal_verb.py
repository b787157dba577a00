"""`pgsluice wal` as a user calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wal_bill.conftest import ROWS

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

UPDATE = "UPDATE hosts SET seen = seen + 1"


def target(shell: Shell) -> str:
    return f"--target={shell.target.dsn}"


def test_wal_prints_records_by_kind_in_eighty_columns(shell: Shell) -> None:
    ended = shell.run("wal", target(shell), "--statement", UPDATE)

    assert ended.status == 0, ended.said
    assert any(line.startswith("Heap/HOT_UPDATE") and f" {ROWS} " in line for line in ended.stdout.splitlines())
    assert f"HOT            {ROWS} of {ROWS} updates (100%)" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80
    assert "INSERT" not in ended.stderr


def test_wal_reads_sql_from_a_file_and_commits_it(shell: Shell) -> None:
    (shell.directory / "work.sql").write_text("INSERT INTO hosts VALUES (1001, 1)", encoding="utf-8")

    ended = shell.run("wal", target(shell), "--sql", "work.sql", "--json")

    (bill,) = ended.data["runs"]
    assert (bill["source"], bill["scope"], bill["commits"], bill["locks"]) == ("pg_walinspect", "transaction", 1, 0)
    assert [(k["name"], k["count"]) for k in bill["kinds"] if k["name"] == "Heap/INSERT"] == [("Heap/INSERT", 1)]
    assert shell.target.value("SELECT count(*) FROM hosts") == ROWS + 1


def test_wal_with_rollback_changes_nothing(shell: Shell) -> None:
    before = shell.target.value("SELECT sum(seen) FROM hosts")

    ended = shell.run("wal", target(shell), "--statement", UPDATE, "--rollback", "--repeat", "3")

    assert ended.status == 0, ended.said
    assert "the median of 3 runs" in ended.stdout
    assert shell.target.value("SELECT sum(seen) FROM hosts") == before


@pytest.mark.parametrize(
    "arguments",
    [[], ["--statement", " "], ["--statement", "SELECT 1", "--sql", "/dev/null"]],
    ids=["none", "empty", "both"],
)
def test_wal_without_one_piece_of_sql_is_a_usage_error(shell: Shell, arguments: list[str]) -> None:
    ended = shell.run("wal", target(shell), *arguments)

    assert ended.status == 2, ended.said


def test_wal_error_holds_no_value_of_the_statement(shell: Shell) -> None:
    ended = shell.run("wal", target(shell), "--statement", "INSERT INTO hosts VALUES (42, 4242)")

    assert ended.status == 1
    assert "23505" in ended.stderr
    assert "42)" not in ended.said
    assert "4242" not in ended.said
