"""Connections, pools and tasks of the caller: what is theirs decides, and nothing is lost without a word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from pgsluice import Table, Writer, WriterSettings, points
from pgsluice.errors import PlanRefusedError, ServerError, SluiceError, UsageError
from pgsluice.state.cursors import CursorMovedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from servers import Database

pytestmark = pytest.mark.db

TABLES = "CREATE TABLE entry (id bigint, text text); CREATE TABLE total (name text PRIMARY KEY, n int CHECK (n < 100))"
DECLARED = {"entry": Table(), "total": Table(strategy="accumulate", backfill="accumulate")}
ROWS = [("a", 1), ("b", 2)]


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


@pytest.fixture
async def connection(target_db: Database) -> AsyncIterator[asyncpg.Connection]:
    await target_db.aexecute(TABLES)
    found = await target_db.connect()
    yield found
    await found.close()


async def totals(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch("SELECT name, n FROM total ORDER BY 1")]


async def put(writer: Writer, start: int, end: int) -> None:
    async with writer.batch("c", start, end) as batch:
        await batch.write("total", ROWS)
        await batch.write("entry", [(start, "x")])


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("is_kept", [True, False])
async def test_rows_and_cursor_go_with_the_callers_transaction(
    target_db: Database, connection: asyncpg.Connection, context: Any, *, is_kept: bool
) -> None:
    async with Writer(connection, DECLARED, context=context) as writer:
        transaction = connection.transaction()
        await transaction.start()
        await put(writer, 0, 5)
        assert await writer.gaps("c", 0, 5) == []
        await (transaction.commit() if is_kept else transaction.rollback())
        gaps = await writer.gaps("c", 0, 5)
        if not is_kept:
            async with connection.transaction():
                await put(writer, 0, 5)

    assert gaps == ([] if is_kept else [(0, 5)])
    assert await totals(target_db) == ROWS


async def test_savepoint_takes_a_batch_back_and_the_rest_stays(
    target_db: Database, connection: asyncpg.Connection
) -> None:
    async with Writer(connection, DECLARED) as writer, connection.transaction():
        await put(writer, 0, 5)
        savepoint = connection.transaction()
        await savepoint.start()
        await put(writer, 5, 9)
        await savepoint.rollback()
        assert await writer.position("c") == 5

    assert await totals(target_db) == ROWS


async def test_refused_rows_end_a_savepoint_and_can_be_discarded(
    target_db: Database, connection: asyncpg.Connection
) -> None:
    async with Writer(connection, DECLARED) as writer, connection.transaction():
        await writer.write("total", ROWS)
        await writer.flush()
        savepoint = connection.transaction()
        await savepoint.start()
        await writer.write("total", [("a", 500)])
        with pytest.raises(SluiceError, match="could not finish writing"):
            await writer.flush()
        with pytest.raises(SluiceError):  # The transaction has failed: nothing else can be done in it.
            await writer.flush()
        await savepoint.rollback()
        assert writer.discard() == 1
        await writer.write("total", ROWS)

    assert await totals(target_db) == [("a", 2), ("b", 4)]


async def test_range_that_is_written_meanwhile_leaves_the_decision_to_the_caller(
    target_db: Database, connection: asyncpg.Connection
) -> None:
    async with (
        Writer(target_db.dsn, DECLARED, context="backfill") as other,
        Writer(connection, DECLARED, context="backfill") as writer,
    ):
        await put(other, 100, 101)
        with pytest.raises(CursorMovedError):  # noqa: PT012 - the transaction is a part of it
            async with connection.transaction(), writer.batch("c", 0, 5) as batch:
                await batch.write("total", ROWS)
                await put(other, 0, 5)

    assert await totals(target_db) == [("a", 2), ("b", 4)]


async def test_closed_connection_of_the_caller_is_said(target_db: Database, connection: asyncpg.Connection) -> None:
    writer = Writer(connection, DECLARED)
    await writer.start()
    await writer.write("total", ROWS)
    await connection.close()

    with pytest.raises(SluiceError, match="could not finish writing") as raised:
        await writer.flush()
    await writer.abort()

    assert "connection" in str(raised.value.detail)
    assert "a cursor tells" in str(raised.value.hint)
    assert await totals(target_db) == []


@pytest.mark.parametrize("point", ["writer-flush-begins", "writer-transaction-begun", "writer-commit-begins"])
async def test_pools_connection_that_ends_in_a_flush_is_replaced(target_db: Database, point: str) -> None:
    await target_db.aexecute(TABLES)
    async with (
        asyncpg.create_pool(target_db.dsn, min_size=1, max_size=1) as pool,
        Writer(pool, DECLARED) as writer,
    ):
        await writer.write("total", ROWS)
        await writer.write("entry", [(1, "x")])

        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"

        def end_session() -> None:
            target_db.execute(f"{others} AND pid <> pg_backend_pid()")

        points.arm(points.Traps([points.Trap(point, 1, end_session)]))
        await writer.flush()

    assert await totals(target_db) == ROWS
    assert await target_db.avalue("SELECT count(*) FROM entry") == 1


async def test_pool_that_is_closed_is_said_and_rows_stay(target_db: Database) -> None:
    await target_db.aexecute(TABLES)
    pool = await asyncpg.create_pool(target_db.dsn, min_size=1, max_size=1)
    writer = Writer(pool, DECLARED)
    await writer.start()
    await writer.write("total", ROWS)
    await pool.close()

    with pytest.raises(SluiceError, match="could not finish taking a connection of the pool"):
        await writer.flush()

    assert writer.discard() == 2
    await writer.abort()


async def test_writer_that_is_closed_or_has_not_begun_takes_nothing(target_db: Database) -> None:
    await target_db.aexecute(TABLES)
    writer = Writer(target_db.dsn, DECLARED)
    with pytest.raises(UsageError, match="has not begun"):
        await writer.write("total", ROWS)
    async with writer:
        await writer.write("total", ROWS)

    for call in (
        lambda: writer.write("total", ROWS),
        writer.flush,
        lambda: writer.position("c"),
        lambda: writer.gaps("c", 0, 1),
        lambda: put(writer, 0, 1),
    ):
        with pytest.raises(UsageError, match="the writer is closed"):
            await call()
    await writer.close()

    assert await totals(target_db) == ROWS


@pytest.mark.parametrize("what", ["flush", "write", "batch", "streamed batch"])
async def test_cancelled_call_loses_nothing_and_leaves_no_transaction(target_db: Database, what: str) -> None:
    """A lock holds the flush up, and the caller loses patience."""
    await target_db.aexecute(TABLES)
    blocker = await target_db.connect()
    settings = WriterSettings(rows_max=2, bytes_max=10) if what in {"write", "streamed batch"} else WriterSettings()
    context: Any = "backfill" if what == "streamed batch" else "live"
    is_batch = what.endswith("batch")
    async with Writer(target_db.dsn, DECLARED, context=context, settings=settings) as writer:
        await put(writer, 0, 1)
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("LOCK total")
        if what == "flush":
            await writer.write("total", ROWS)
            calling = asyncio.create_task(writer.flush())
        elif what == "write":
            await writer.write("total", ROWS)
            calling = asyncio.create_task(writer.write("total", ROWS))
        else:
            calling = asyncio.create_task(put(writer, 1, 2))
        while not await target_db.avalue("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await transaction.rollback()
        if is_batch:
            assert await writer.gaps("c", 0, 2) == [(1, 2)]
            await put(writer, 1, 2)
    await blocker.close()

    expected = {"write": 3}.get(what, 2)
    assert await totals(target_db) == [("a", expected), ("b", 2 * expected)]
    assert await target_db.avalue("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'") == 0


async def test_callers_own_codec_of_uuid_is_no_matter(target_db: Database) -> None:
    """Numbers of batches went through it, and were refused as no text."""
    await target_db.aexecute(TABLES)

    async def init(given: asyncpg.Connection) -> None:
        await given.set_type_codec("uuid", schema="pg_catalog", encoder=str.upper, decoder=str.upper, format="text")

    async with (
        asyncpg.create_pool(target_db.dsn, min_size=1, max_size=1, init=init) as pool,
        Writer(pool, DECLARED) as writer,
    ):
        await writer.write("total", ROWS)
        await put(writer, 0, 1)

    assert await totals(target_db) == [("a", 2), ("b", 4)]


@pytest.mark.parametrize("begin", ["BEGIN READ ONLY", "SET default_transaction_read_only = on"])
async def test_read_only_target_is_refused_at_the_start(
    target_db: Database, connection: asyncpg.Connection, begin: str
) -> None:
    await connection.execute(begin)

    with pytest.raises(PlanRefusedError, match="the target is read-only"):
        await Writer(connection, DECLARED).start()


async def test_transaction_that_has_failed_before_is_said(connection: asyncpg.Connection) -> None:
    await connection.execute("BEGIN")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await connection.execute("SELECT 1 / 0")

    with pytest.raises(ServerError) as raised:
        await Writer(connection, DECLARED).start()

    assert "25P02 (in_failed_sql_transaction)" in str(raised.value.detail)
    assert "roll the transaction back" in str(raised.value.hint)
