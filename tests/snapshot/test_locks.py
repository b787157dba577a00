"""Locks of the source: who is in the way is named, and a source of many tables does not run out of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from commands import KEEP, Shell
from pgsluice.driver import Dsn
from pgsluice.sources import locks, snapshot
from pgsluice.sources.locks import LocksExhaustedError, TableLockedError
from pgsluice.sources.snapshot import open_snapshot
from servers import Database, fresh_database, running_server
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pgsluice.embedded import Server

pytestmark = pytest.mark.db

MANY = """
    DO $$ BEGIN
        FOR n IN 1..{count} LOOP
            EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int, b int)', n);
            {more}
            COMMIT;
        END LOOP;
    END $$
"""
INDEXES = "EXECUTE format('CREATE INDEX ON t%s (a); CREATE INDEX ON t%s (b); INSERT INTO t%s VALUES (1)', n, n, n);"


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (locks, snapshot):
        monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 1_000)


@pytest.fixture(scope="module")
def small_server() -> Iterator[Server]:
    """A server with room for some hundred locks."""
    with running_server(max_locks_per_transaction=10, max_connections=15, max_wal_senders=2) as server:
        yield server


def source_of(database: Database) -> Dsn:
    return Dsn.parse(database.dsn, role="source")


@pytest.mark.usefixtures("short_wait")
async def test_snapshot_of_a_locked_table_names_table_and_session(source_db: Database) -> None:
    await source_db.aexecute("CREATE TABLE free (id int); CREATE TABLE taken (id int)")
    other = await source_db.connect()
    await other.execute("BEGIN; LOCK TABLE taken")

    with pytest.raises(TableLockedError) as raised:
        await open_snapshot(source_of(source_db))

    assert 'table "public.taken"' in raised.value.message
    assert f"Session {other.get_server_pid()} has ACCESS EXCLUSIVE" in str(raised.value.detail)
    await other.close()


@pytest.mark.usefixtures("short_wait")
async def test_snapshot_behind_a_waiting_alter_names_who_waits(source_db: Database) -> None:
    await source_db.aexecute("CREATE TABLE busy (id int)")
    reader, altering = await source_db.connect(), await source_db.connect()
    await reader.execute("BEGIN; SELECT * FROM busy")
    waiting = asyncio.create_task(altering.execute("ALTER TABLE busy ADD COLUMN more int"))
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'busy'::regclass"
    await asyncio.to_thread(until, lambda: source_db.value(waits))

    with pytest.raises(TableLockedError) as raised:
        await open_snapshot(source_of(source_db))

    assert f"Session {altering.get_server_pid()} waits for ACCESS EXCLUSIVE" in str(raised.value.detail)
    await reader.close()
    await waiting
    await altering.close()


async def test_tables_made_between_list_and_lock_are_locked_too(
    source_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await source_db.aexecute("CREATE TABLE old (id int)")
    lists = 0

    async def listed(connection: object) -> list[locks.LockableTable]:
        nonlocal lists
        lists += 1
        found = await locks.lockable_tables(connection)  # type: ignore[arg-type]
        if lists == 1:
            await source_db.aexecute("CREATE TABLE new (id int); DROP TABLE old; CREATE TABLE old (id int)")
        return found

    monkeypatch.setattr(snapshot, "lockable_tables", listed)

    opened = await open_snapshot(source_of(source_db))

    locked = await source_db.afetch(
        """SELECT c.relname FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
            WHERE l.mode = 'AccessShareLock' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"""
    )
    assert {row["relname"] for row in locked} == {"old", "new"}
    assert {relation.name for relation in opened.catalog.relations} == {"old", "new"}
    await opened.close()


async def test_source_with_more_tables_than_locks_is_refused_with_the_setting(small_server: Server) -> None:
    with fresh_database(small_server, "many") as database:
        await database.aexecute(MANY.format(count=2_000, more=""))

        with pytest.raises(LocksExhaustedError) as raised:
            await open_snapshot(source_of(database))

        assert "2,000 tables" in raised.value.message
        assert "max_locks_per_transaction is 10" in str(raised.value.detail)
        assert "Set max_locks_per_transaction = " in str(raised.value.hint)


def test_readers_of_many_tables_give_their_locks_back(
    small_server: Server, target_db: Database, tmp_path: Path
) -> None:
    """A reader's transaction kept its locks on each table and its indexes: the source ran out of them in mid-copy."""
    with fresh_database(small_server, "many") as database:
        database.execute(MANY.format(count=250, more=INDEXES))
        target_db.execute(MANY.format(count=250, more=""))

        ended = Shell(tmp_path, database, target_db).copy(KEEP, "--no-analyze")

    assert ended.status == 0, ended.said
    assert {table["rows"] for table in ended.data["tables"]} == {1}
