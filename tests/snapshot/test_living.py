"""A source that others write to, change and take away while it is copied."""

from __future__ import annotations

import os
import re
import signal
import threading
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from commands import KEEP
from pgsluice.sources import locks, snapshot
from pgsluice.sources.locks import TableLockedError
from snapshot.living import ACCOUNTS, MOVED_BY, Told, Writers, at, copy_here
from stopping import committed, kill
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commands import Shell
    from servers import Database
    from snapshot.holders import Holders

pytestmark = [pytest.mark.db, pytest.mark.chaos]

SEED = int(os.environ.get("PGSLUICE_TEST_SEED", "20260131"))
SMALL = ("--batch-rows=50", "--batch-bytes=1", "--no-analyze")
TABLES = ("account", "other")
JOIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT"
END_SESSIONS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name LIKE 'pgsluice%'"""


async def rows(connection: asyncpg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")) for table in TABLES}


async def rows_of_the_held_snapshot(source: Database, target: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Read all rows in a session of our own that joins the snapshot while it is held."""
    name = await target.avalue("SELECT snapshot_name FROM _pgsluice.snapshot")
    connection = await source.connect()
    try:
        await connection.execute(f"{JOIN} '{name}'")
        return await rows(connection)
    finally:
        await connection.close()


async def test_copy_killed_under_load_equals_the_snapshot_that_is_held(shell: Shell, holders: Holders) -> None:
    await shell.source.aexecute(ACCOUNTS)
    with Writers(shell.source, SEED) as writers:
        until(lambda: sum(writers.steps.values()) > 50)
        kill(shell, shell.copy_arguments(KEEP, *SMALL, "--hold-snapshot"))
        expected = await rows_of_the_held_snapshot(shell.source, shell.target)
        for more in (5, 8):
            kill(shell, shell.copy_arguments(KEEP, *SMALL), batches=committed(shell.target)[0] + more)

        ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert ended.data["consistency"]["class"] == "one snapshot"
    connection = await shell.target.connect()
    assert await rows(connection) == expected
    await connection.close()
    # Each change has a row of its own and a count elsewhere: both are there, or neither.
    assert sum(total for _, total in expected["other"]) > 50
    assert writers.steps.keys() == {"updated", "deleted", "moved", "inserted"}
    holders.until_gone()


def test_copy_killed_under_load_without_a_holder_has_states_that_were_committed(shell: Shell) -> None:
    shell.source.execute(ACCOUNTS)
    with Writers(shell.source, SEED) as writers:
        kill(shell, shell.copy_arguments(KEEP, *SMALL))
        for more in (8, 8):
            seen = sum(writers.steps.values())
            until(lambda seen=seen: sum(writers.steps.values()) > seen + 100)
            kill(shell, shell.copy_arguments(KEEP, *SMALL), batches=committed(shell.target)[0] + more)

        ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert ended.data["consistency"]["class"] == "mixed snapshots"
    assert ended.data["consistency"]["mixed_tables"] == ["public.account"]
    found: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for id_, uid, kind, version in shell.target.fetch("SELECT id, uid, kind, version FROM account"):
        assert version in writers.versions[uid], "a state that was never committed"
        assert id_ % MOVED_BY == uid
        found.setdefault(kind, {}).setdefault(uid, []).append((id_, version))
    everybody = range(1, 2001)
    assert found["kept"] == {uid: [(uid, 0)] for uid in everybody if uid % 5 in {0, 1}}
    assert {uid: len(there) for uid, there in found["updated"].items()} == {n: 1 for n in everybody if n % 5 == 2}
    assert all(len(there) == 1 for kind in ("deleted", "inserted") for there in found.get(kind, {}).values())
    assert all(len(there) <= 4 for there in found["moved"].values())


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE account ADD COLUMN more int",
        "ALTER TABLE account RENAME TO renamed",
        "ALTER TABLE account ALTER version TYPE bigint",
        "TRUNCATE account",
        "DROP TABLE account",
    ],
)
def test_changes_of_tables_wait_while_the_snapshot_is_held(shell: Shell, holders: Holders, statement: str) -> None:
    shell.source.execute(ACCOUNTS)
    kill(shell, shell.copy_arguments(KEEP, *SMALL, "--hold-snapshot"))
    holders.one()

    with pytest.raises(asyncpg.LockNotAvailableError):
        shell.source.execute(f"SET lock_timeout = '100ms'; {statement}")

    assert shell.copy(KEEP).data["consistency"]["class"] == "one snapshot"
    assert shell.target.value("SELECT count(*) FROM account") == 2000


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE account ADD COLUMN more int", 'table "public.account", column "more"'),
        ("ALTER TABLE account ALTER version TYPE bigint", 'table "public.account", column "version"'),
        ("ALTER TABLE account RENAME TO renamed", '"public.account"'),
        ("DROP TABLE other", '"public.other"'),
    ],
)
def test_table_changed_between_kill_and_resume_is_refused_by_name(shell: Shell, statement: str, said: str) -> None:
    shell.source.execute(ACCOUNTS)
    kill(shell, shell.copy_arguments(KEEP, *SMALL))
    until(lambda: shell.source.value("SELECT count(*) FROM pg_locks WHERE relation = 'account'::regclass") == 0)
    shell.source.execute(statement)
    before = committed(shell.target)

    ended = shell.copy(KEEP)

    assert (ended.status, said in ended.stderr) == (3, True), ended.said
    assert committed(shell.target) == before


async def test_tables_and_partitions_made_while_copying_are_of_a_later_moment(shell: Shell) -> None:
    await shell.source.aexecute(
        ACCOUNTS
        + """CREATE TABLE log (day int) PARTITION BY LIST (day);
             CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1); INSERT INTO log VALUES (1)"""
    )

    def make() -> None:
        shell.source.execute(
            """CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2); INSERT INTO log VALUES (2);
               CREATE TABLE new (id int); INSERT INTO new VALUES (1)"""
        )

    report = await copy_here(shell, at("source-batch-counted", 3, make))

    assert not report.failed
    assert {table.label for table in report.tables} == {"public.account", "public.other", "public.log_1"}
    assert shell.target.value("SELECT count(*) FROM log") == 1
    assert shell.target.value("SELECT to_regclass('new') IS NULL AND to_regclass('log_2') IS NULL")


@pytest.fixture
def altering(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Somebody who alters a table, and waits for our lock; we wait less for theirs."""
    for module in (locks, snapshot):
        monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 300)
    sql = "ALTER TABLE account ADD COLUMN more int"
    thread = threading.Thread(target=lambda: shell.source.execute(sql))

    def alter() -> None:
        thread.start()
        until(lambda: shell.source.value(f"SELECT count(*) FROM pg_stat_activity WHERE query = '{sql}'"))
        until(lambda: shell.source.value("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    yield alter
    thread.join()


async def test_table_behind_a_waiting_alter_fails_with_the_session_that_waits(
    shell: Shell, altering: Callable[[], None]
) -> None:
    """The ALTER waits for the snapshot's lock and a new reader for the ALTER: nothing moved for ten minutes."""
    await shell.source.aexecute(ACCOUNTS)

    report = await copy_here(shell, at("table-begins", 1, altering), retries=1)

    [failed] = report.failed
    assert failed.label == "public.account"
    assert failed.error is not None
    assert failed.error.code == "table-locked"
    assert re.search(r"Session \d+ waits for ACCESS EXCLUSIVE", str(failed.error.detail))
    assert {table.label: table.state for table in report.tables}["public.other"] == "done"


async def test_definitions_behind_a_waiting_alter_are_an_error_that_says_so(
    shell: Shell, altering: Callable[[], None]
) -> None:
    """pg_dump waited for the ALTER, the ALTER for our snapshot, and we for pg_dump: for ever."""
    await shell.source.aexecute(ACCOUNTS)

    with pytest.raises(TableLockedError) as raised:
        await copy_here(shell, at("definitions-begin", 1, altering), retries=1)

    assert 'table "public.account"' in raised.value.message
    assert re.search(r"Session \d+ waits for ACCESS EXCLUSIVE", str(raised.value.detail))


async def test_schema_renamed_while_copying_is_no_other_table(shell: Shell) -> None:
    """Locks on tables keep nobody from renaming their schema; the next batch then came from a table of its place."""
    await shell.source.aexecute(f"CREATE SCHEMA app; SET search_path = app; {ACCOUNTS}")

    def swap() -> None:
        shell.source.execute(
            """ALTER SCHEMA app RENAME TO app_old; CREATE SCHEMA app;
               CREATE TABLE app.account (LIKE app_old.account INCLUDING ALL);
               INSERT INTO app.account SELECT n, n, 'wrong', 0 FROM generate_series(1, 3000) n;
               CREATE TABLE app.other (LIKE app_old.other INCLUDING ALL)"""
        )

    told = Told()
    # A queue of one batch: whatever a fast reader has ahead was read from the right table.
    report = await copy_here(shell, at("commit-answered", 6, swap), told=told, queue_bytes=1)

    assert {table.error.code for table in report.failed if table.error} == {"table-moved"}
    assert shell.target.value("SELECT count(*) FROM app.account WHERE kind = 'wrong'") == 0
    assert shell.target.value("SELECT count(*) FROM app.account") < 2000


async def test_foreign_key_that_mixed_snapshots_break_is_named_with_the_reason(shell: Shell) -> None:
    await shell.source.aexecute(
        """CREATE TABLE parent (id int PRIMARY KEY, wide text);
           INSERT INTO parent SELECT n, repeat('w', 500) FROM generate_series(1, 200) n;
           CREATE TABLE child (id int PRIMARY KEY, parent int CONSTRAINT child_of_parent REFERENCES parent);
           INSERT INTO child SELECT n, n FROM generate_series(1, 100) n; ANALYZE"""
    )

    def lose_and_write() -> None:
        shell.source.execute(END_SESSIONS)
        shell.source.execute("INSERT INTO parent VALUES (999, ''); INSERT INTO child VALUES (999, 999)")

    report = await copy_here(shell, at("table-done", 1, lose_and_write))

    assert report.consistency.kind == "mixed snapshots"
    assert report.consistency.tables == {"public.parent": (1,), "public.child": (2,)}
    [broken] = report.objects_failed
    assert broken.error.code == "mixed-snapshots"
    assert "child_of_parent" in broken.error.message
    assert "rows of several snapshots do not fit together" in broken.error.message
    assert shell.target.value("SELECT count(*) FROM child") == 101

    shell.target.execute("DELETE FROM child WHERE id = 999")
    again = await copy_here(shell)

    assert not again.objects_failed
    assert shell.target.value("SELECT count(*) FROM pg_constraint WHERE conname = 'child_of_parent'") == 1


async def test_lost_connections_are_no_new_snapshot_while_a_holder_lives(shell: Shell, holders: Holders) -> None:
    await shell.source.aexecute(ACCOUNTS)
    told = Told()

    def lose_and_write() -> None:
        shell.source.execute(f"{END_SESSIONS} AND application_name NOT LIKE 'pgsluice holder%'")
        shell.source.execute("UPDATE account SET kind = 'late'; DELETE FROM account WHERE id % 2 = 0")

    report = await copy_here(shell, at("source-batch-counted", 10, lose_and_write), told=told, hold_s=600.0)

    assert not report.failed
    assert report.consistency.kind == "one snapshot"
    assert "snapshot-renewed" not in told.events
    assert len(told.events["snapshot-joined"]) == 1
    assert shell.target.value("SELECT count(*) FROM account WHERE kind <> 'late'") == 2000
    holders.until_gone()


async def test_holder_killed_while_the_copy_runs_is_no_new_snapshot(shell: Shell, holders: Holders) -> None:
    await shell.source.aexecute(ACCOUNTS)

    def lose_and_write() -> None:
        os.kill(holders.one(), signal.SIGKILL)
        holders.until_gone()
        shell.source.execute("DELETE FROM account WHERE id % 2 = 0")

    report = await copy_here(shell, at("source-batch-counted", 10, lose_and_write), hold_s=600.0)

    assert not report.failed
    assert report.consistency.kind == "one snapshot"
    assert shell.target.value("SELECT count(*) FROM account") == 2000
