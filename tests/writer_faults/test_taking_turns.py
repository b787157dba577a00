"""Calls of several tasks take turns, and who gets an error knows which rows were taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import RowRefusedError, Table, Writer, WriterSettings
from pgsluice.errors import ServerError, SluiceError, UsageError
from pgsluice.pipeline.settings import RetrySettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

    from servers import Database

pytestmark = pytest.mark.db

TOTAL = "CREATE TABLE total (name text, n int CHECK (n < 100))"
COUNTED = {"total": Table(strategy="copy")}
UPSERTED = "CREATE TABLE total (name text PRIMARY KEY, n int CHECK (n < 100))"
ADDED = {"total": Table(strategy="accumulate")}


def settings(**more: Any) -> WriterSettings:
    return WriterSettings(**{"rows_max": 3, "age_s": 600.0} | more)


async def total(database: Database) -> tuple[int, int]:
    (row,) = await database.afetch("SELECT count(*)::int, coalesce(sum(n), 0)::int FROM total")
    return row[0], row[1]


@pytest.mark.parametrize(("sql", "declared"), [(TOTAL, COUNTED), (UPSERTED, ADDED)])
async def test_every_row_is_taken_or_not_when_flushes_fail(
    target_db: Database, sql: str, declared: dict[str, Table]
) -> None:
    """An error of an earlier flush came before or after the rows of a call were taken, and nobody could tell."""
    await target_db.aexecute(sql)
    taken = lost = 0
    async with Writer(target_db.dsn, declared, settings=settings()) as writer:
        for number in range(60):
            rows = [(f"{number}-{place}", 500 if number % 9 == 4 and place == 1 else 1) for place in range(2)]
            while rows:
                try:
                    taken += await writer.write("total", rows)
                    break
                except ServerError as error:
                    taken += error.rows_taken
                    rows = rows[error.rows_taken :]
                    lost += writer.discard()
        while True:
            try:
                await writer.flush()
                break
            except ServerError:
                lost += writer.discard()

    assert taken == 120
    assert await total(target_db) == (120 - lost, 120 - lost)
    assert 7 <= lost < 120


async def test_generator_goes_on_where_an_error_stopped_it(target_db: Database) -> None:
    await target_db.aexecute(UPSERTED)
    rows = ((f"{number}", 1) for number in range(20_000))
    async with Writer(target_db.dsn, ADDED, settings=settings()) as writer:
        await writer.write("total", [("refused", 500), ("with it", 1), ("and this", 1)])
        await asyncio.wait(writer._flights._flying)
        with pytest.raises(ServerError) as raised:
            await writer.write("total", rows)
        discarded = writer.discard()
        await writer.write("total", rows)

    assert (raised.value.rows_taken, discarded) == (0, 3)
    assert await total(target_db) == (20_000, 20_000)


async def test_rows_before_a_refused_one_are_counted(target_db: Database) -> None:
    await target_db.aexecute(UPSERTED)
    rows = [(f"{number}", 1 if number != 5_000 else "x") for number in range(6_000)]
    async with Writer(target_db.dsn, ADDED) as writer:
        with pytest.raises(RowRefusedError) as raised:
            await writer.write("total", rows)

    assert raised.value.rows_taken == raised.value.position == 5_000
    assert await total(target_db) == (5_000, 5_000)


async def test_tasks_at_once_lose_and_double_nothing_when_sessions_end(target_db: Database) -> None:
    """Two calls at once tried the flush that had failed again, both."""
    await target_db.aexecute(UPSERTED)
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    writer = Writer(target_db.dsn, ADDED, settings=settings(rows_max=40, retry=RetrySettings(retries=0)))

    async def write(task: int) -> None:
        for number in range(5):
            rest = [(f"{task}-{number}-{place}", 1) for place in range(10)]
            while rest:
                try:
                    await writer.write("total", rest)
                    break
                except SluiceError as error:
                    rest = rest[error.rows_taken :]
            if task == 3:
                await target_db.aexecute(f"{ends} AND pid <> pg_backend_pid()")

    async with writer:
        await asyncio.gather(*(write(task) for task in range(100)))
        while True:
            try:
                await writer.flush()
                break
            except SluiceError:
                pass

    assert await total(target_db) == (5_000, 5_000)


async def test_rows_stay_within_their_bound_while_flushes_fail(target_db: Database) -> None:
    await target_db.aexecute(UPSERTED)
    async with Writer(target_db.dsn, ADDED, settings=settings(rows_max=10)) as writer:
        refused = 0
        for number in range(50):
            try:
                await writer.write("total", [(f"{number}-{place}", 500) for place in range(4)])
            except ServerError:
                refused += 1
        kept = writer.discard()

    assert refused > 40
    assert kept <= 2 * 12
    assert await total(target_db) == (0, 0)


async def test_writer_that_has_begun_does_not_begin_again(target_db: Database) -> None:
    await target_db.aexecute(UPSERTED)
    async with Writer(target_db.dsn, ADDED) as writer:
        with pytest.raises(UsageError, match="has begun already"):
            await writer.start()
        await writer.write("total", [("a", 1)])

    assert await total(target_db) == (1, 1)


@pytest.fixture
async def connection(target_db: Database) -> Any:
    await target_db.aexecute(UPSERTED)
    found = await target_db.connect()
    yield found
    await found.close()


async def test_callers_connection_is_theirs_between_calls(target_db: Database, connection: asyncpg.Connection) -> None:
    """Rows went on their way when there were enough of them, and whatever the caller did next failed."""

    async def work(number: int) -> None:
        assert await connection.fetchval("SELECT $1::int", number) == number

    async with connection.transaction(), Writer(connection, ADDED, settings=settings(age_s=0)) as writer:
        for number in range(50):
            await writer.write("total", [(f"{number}-{place}", 1) for place in range(4)])
            await work(number)

    assert await total(target_db) == (200, 200)


async def test_callers_connection_is_free_behind_a_cancelled_call(
    target_db: Database, connection: asyncpg.Connection
) -> None:
    blocker = await target_db.connect()
    transaction = connection.transaction()
    await transaction.start()
    async with Writer(connection, ADDED, settings=settings()) as writer:
        await blocker.execute("BEGIN; INSERT INTO total VALUES ('a', 1)")
        await writer.write("total", [("a", 1)])
        calling = asyncio.create_task(writer.flush())
        while not await target_db.avalue("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await transaction.rollback()
        await blocker.execute("ROLLBACK")
        async with connection.transaction():
            await writer.flush()
    await blocker.close()

    assert await total(target_db) == (1, 1)


def endless(found: list[int], has_begun: asyncio.Event) -> Iterator[tuple[str, int]]:
    while True:
        found.append(1)
        has_begun.set()
        yield f"{len(found)}", 1


async def test_cancelled_call_has_taken_what_it_asked_for(target_db: Database) -> None:
    await target_db.aexecute(UPSERTED)
    asked: list[int] = []
    has_begun = asyncio.Event()
    async with Writer(target_db.dsn, ADDED, settings=settings()) as writer:
        calling = asyncio.create_task(writer.write("total", endless(asked, has_begun)))
        await has_begun.wait()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await writer.flush()

    assert await total(target_db) == (len(asked), len(asked))
