"""Ranges of a backfill: written side by side, each once, beside live batches; what is missing is listed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import BlockingWriter, Table, Writer, WriterSettings
from pgsluice.errors import SluiceError, UsageError
from pgsluice.state.cursors import CursorMovedError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

# With a key a range that is written twice fails by itself; without one it would be there twice.
LEDGER = "CREATE TABLE ledger (id bigint PRIMARY KEY, text text); CREATE TABLE plain (id bigint, text text)"
TABLES = {"ledger": Table(), "plain": Table()}


def rows(start: int, end: int) -> list[tuple[int, str]]:
    return [(number, f"row {number}") for number in range(start, end)]


def backfill(where: Any, **settings: Any) -> Writer:
    return Writer(where, TABLES, context="backfill", settings=WriterSettings(**settings))


async def put(writer: Writer, start: int, end: int, cursor: str = "ids") -> None:
    async with writer.batch(cursor, start, end) as batch:
        await batch.write("ledger", rows(start, end))
        await batch.write("plain", rows(start, end))


async def put_and_fail(writer: Writer, start: int, end: int) -> None:
    async with writer.batch("ids", start, end) as batch:
        await batch.write("plain", rows(start, end))
        raise ZeroDivisionError


async def put_twice(writer: Writer, start: int, end: int, *hidden: type[Exception]) -> None:
    """The second time meets the rows of the first; `hidden` are errors that the block keeps to itself."""
    async with writer.batch("ids", start, end) as batch:
        with contextlib.suppress(*hidden):
            await batch.write("ledger", rows(start, end))
            await batch.write("ledger", rows(start, end))


async def written(database: Database, table: str = "plain") -> list[int]:
    return [row["id"] for row in await database.afetch(f"SELECT id FROM {table} ORDER BY id")]


async def test_ranges_are_written_side_by_side_in_any_order(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)
    ranges = [(start, start + 50) for start in range(0, 2000, 50)]
    random.Random(3).shuffle(ranges)

    async with backfill(target_db.dsn, sessions_max=4) as writer:
        await asyncio.gather(*(put(writer, start, end) for start, end in ranges))
        gaps = await writer.gaps("ids", 0, 2000)

    assert gaps == []
    assert await written(target_db) == await written(target_db, "ledger") == list(range(2000))
    # Ranges that touch are one.
    assert await target_db.avalue("SELECT written::text FROM _pgsluice.cursor") == "{[0,2000)}"
    assert await target_db.avalue("SELECT count(*) FROM _pgsluice.writer_batch") == 0


async def test_gaps_are_what_is_missing(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)

    async with backfill(target_db.dsn) as writer:
        before = await writer.gaps("ids", 5, 9)
        await put(writer, 30, 40)
        await put(writer, -10, 5)
        gaps = await writer.gaps("ids", 0, 50)
        inside = await writer.gaps("ids", 32, 38)
        nothing = await writer.gaps("ids", 7, 7)

    assert before == [(5, 9)]
    assert gaps == [(5, 30), (40, 50)]
    assert (inside, nothing) == ([], [])


@pytest.mark.parametrize(("start", "end"), [(10, 20), (5, 11), (19, 30), (12, 13), (0, 100)])
async def test_range_that_is_written_in_part_is_refused_before_its_rows(
    target_db: Database, start: int, end: int
) -> None:
    await target_db.aexecute(LEDGER)

    async with backfill(target_db.dsn) as writer:
        await put(writer, 10, 20)
        with pytest.raises(CursorMovedError, match=f"nothing to be written from {start} to {end}"):
            async with writer.batch("ids", start, end):
                pytest.fail("the block must not begin")

    assert await written(target_db) == list(range(10, 20))


@pytest.mark.parametrize("table", ["ledger", "plain"])
async def test_two_writers_of_one_range_write_it_once(target_db: Database, table: str) -> None:
    """Both look before either has written: in a table with a key the rows meet, else only the ranges."""
    await target_db.aexecute(LEDGER)
    in_both = asyncio.Barrier(2)

    async def write_one(writer: Writer) -> str:
        try:
            async with writer.batch("ids", 0, 100) as batch:
                await batch.write(table, rows(0, 100))
                await in_both.wait()
        except CursorMovedError as error:
            return error.message
        return "written"

    async with backfill(target_db.dsn) as one, backfill(target_db.dsn) as other:
        answers = sorted(await asyncio.gather(write_one(one), write_one(other)))

    assert answers[1] == "written"
    assert answers[0].endswith("found the range written")
    assert await written(target_db, table) == list(range(100))


async def test_error_in_a_block_leaves_a_gap(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)

    async with backfill(target_db.dsn) as writer:
        with pytest.raises(ZeroDivisionError):
            await put_and_fail(writer, 0, 10)
        gaps = await writer.gaps("ids", 0, 10)

    assert gaps == [(0, 10)]
    assert await written(target_db) == []


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.filterwarnings("ignore:coroutine 'Batch._write' was never awaited")
async def test_batch_whose_write_is_not_awaited_is_refused(target_db: Database, context: Any) -> None:
    """Its cursor would have passed the rows by, without a word."""
    await target_db.aexecute(LEDGER)

    async with Writer(target_db.dsn, TABLES, context=context) as writer:
        with pytest.raises(UsageError, match="before its rows were taken"):
            await put_without_waiting(writer)

        assert await writer.gaps("ids", 0, 10) == [(0, 10)]


async def put_without_waiting(writer: Writer) -> None:
    async with writer.batch("ids", 0, 10) as batch:
        batch.write("plain", rows(0, 10))


async def test_live_batches_and_backfills_share_a_cursor(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)
    async with backfill(target_db.dsn) as old, Writer(target_db.dsn, TABLES) as live:
        await put(old, 0, 10)
        before = await live.position("ids")
        await put(live, 1000, 1010)
        await put(old, 20, 30)
        await put(live, 1010, 1020)
        with pytest.raises(CursorMovedError, match="found the range written in part"):
            await put(old, 1019, 1030)
        gaps = await old.gaps("ids", 0, 1030)
        after = await live.position("ids")

    assert (before, after) == (None, 1020)
    assert gaps == [(10, 20), (30, 1000), (1020, 1030)]


async def test_live_batches_go_on_behind_what_a_backfill_wrote(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)
    async with backfill(target_db.dsn) as old, Writer(target_db.dsn, TABLES) as live:
        await put(live, 0, 10)
        await put(old, 10, 20)
        with pytest.raises(CursorMovedError, match="expected position 10, found position 20"):
            await put(live, 10, 12)
        await put(live, 20, 25)

        assert await live.position("ids") == 25
    assert await written(target_db) == list(range(25))


async def test_live_batch_that_waits_for_a_backfill_sees_its_range(target_db: Database) -> None:
    """The live statement begins before the backfill commits, so what it reads of the cursor is old."""
    await target_db.aexecute(LEDGER)
    async with backfill(target_db.dsn) as old, Writer(target_db.dsn, TABLES) as live:
        await put(live, 0, 10)
        connection = await target_db.connect()
        try:
            transaction = connection.transaction()
            await transaction.start()
            async with Writer(connection, TABLES, context="backfill") as inside, inside.batch("ids", 10, 15) as batch:
                await batch.write("plain", rows(10, 15))
            moving = asyncio.create_task(put(live, 10, 20))
            while not await target_db.avalue("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            await transaction.commit()
            with pytest.raises(CursorMovedError, match="found position 15"):
                await moving
        finally:
            await connection.close()

        assert await old.gaps("ids", 0, 20) == [(15, 20)]
    assert await written(target_db) == list(range(15))


async def test_skipped_live_range_is_refused(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)

    async with Writer(target_db.dsn, TABLES) as writer:
        await put(writer, 0, 10)
        with pytest.raises(CursorMovedError, match="expected position 11, found position 10"):
            await put(writer, 11, 12)

    assert await written(target_db) == list(range(10))


async def test_large_batch_is_sent_as_it_comes_and_stays_whole(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)
    async with backfill(target_db.dsn, bytes_max=10_000) as writer:
        async with writer.batch("ids", 0, 5000) as batch:
            for start in range(0, 5000, 100):
                await batch.write("plain", rows(start, start + 100))
                assert batch.buffer.size_bytes < 20_000
            inside = await written(target_db)
        with pytest.raises(SluiceError, match="could not finish") as refused:
            await put_twice(writer, 5000, 9000)
        with pytest.raises(ZeroDivisionError):
            await put_and_fail(writer, 5000, 9000)
        gaps = await writer.gaps("ids", 0, 9000)

    assert inside == []
    assert refused.value.hint
    assert gaps == [(5000, 9000)]
    assert await written(target_db) == list(range(5000))
    assert await written(target_db, "ledger") == []


async def test_error_of_a_large_batch_that_the_block_hides_is_raised_at_its_end(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)
    async with backfill(target_db.dsn, bytes_max=10_000) as writer:
        with pytest.raises(SluiceError, match="could not finish"):
            await put_twice(writer, 0, 2000, SluiceError)

        assert await writer.gaps("ids", 0, 2000) == [(0, 2000)]
    assert await written(target_db, "ledger") == []


def test_blocking_writer_has_ranges_and_gaps(target_db: Database) -> None:
    target_db.execute(LEDGER)

    with BlockingWriter(target_db.dsn, TABLES, context="backfill") as writer:
        with writer.batch("ids", 5, 10) as batch:
            taken = batch.write("plain", rows(5, 10))
        gaps = writer.gaps("ids", 0, 20)

    assert taken == 5
    assert gaps == [(0, 5), (10, 20)]


@pytest.mark.parametrize(
    ("context", "start", "end"),
    [("backfill", 5, 5), ("backfill", 5, 4), ("live", 5, 4), ("live", 0, 2**63), ("live", 0.5, 1), ("live", None, 1)],
)
async def test_batch_over_no_range_is_refused(target_db: Database, context: Any, start: Any, end: Any) -> None:
    await target_db.aexecute(LEDGER)

    async with Writer(target_db.dsn, TABLES, context=context) as writer:
        with pytest.raises(UsageError):
            async with writer.batch("ids", start, end):
                pass


async def test_live_batch_without_a_range_takes_no_rows(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)

    async with Writer(target_db.dsn, TABLES) as writer:
        async with writer.batch("ids", 5, 5):
            pass
        with pytest.raises(UsageError, match="a restart would write them again"):
            await put_into_nothing(writer)

        assert await writer.position("ids") == 5
    assert await written(target_db) == []


async def put_into_nothing(writer: Writer) -> None:
    async with writer.batch("ids", 5, 5) as batch:
        await batch.write("plain", rows(0, 1))


async def test_writers_that_begin_at_once_make_the_state_once(target_db: Database) -> None:
    await target_db.aexecute(LEDGER)

    async def begin() -> None:
        async with backfill(target_db.dsn):
            pass

    await asyncio.gather(*(begin() for _ in range(8)))

    assert await target_db.avalue("SELECT count(*) FROM _pgsluice.cursor") == 0
