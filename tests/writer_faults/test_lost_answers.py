"""Answers that never come: the server decides what is written, and every row is there once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
import pytest

from faults.proxy import Action, FaultProxy, Fin, Reset, Rule, Side, Stall, Swallow, When
from pgsluice import Table, Writer, WriterSettings, points
from pgsluice.driver import Deadlines
from pgsluice.errors import ConnectionLostError
from pgsluice.pipeline.settings import RetrySettings
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pgsluice.config.table import Context
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos]

ROWS = 10
FLUSHES = 4
Sessions = Literal["own", "pool"]
CASES: list[tuple[str, Context, Sessions]] = [
    (strategy.name, context, sessions)
    for strategy in STRATEGIES
    for context in ("live", "backfill")
    for sessions in ("own", "pool")
    if sessions == "own" or strategy.name in {"copy", "upsert", "accumulate"}
]
LOST: dict[str, tuple[Side, bytes, int, Action]] = {
    "answer swallowed, then reset": (Side.BACKEND, b"C", 0, Swallow(then=Reset())),
    "answer swallowed, then end": (Side.BACKEND, b"C", 0, Swallow(then=Fin())),
    "answer cut": (Side.BACKEND, b"C", 3, Reset()),
    "answer never comes": (Side.BACKEND, b"C", 0, Swallow(then=Stall())),
    "reset before the end is sent": (Side.FRONTEND, b"", 0, Reset()),
    "reset within it": (Side.FRONTEND, b"", 5, Reset()),
    "it never arrives": (Side.FRONTEND, b"", 0, Stall()),
}
RETRY = RetrySettings(retries=5, delay_ms=5, delay_ms_max=50)


def settings(**more: Any) -> WriterSettings:
    return WriterSettings(retry=RETRY, deadlines=Deadlines(answer_s=1.0, gap_s=1.0), age_s=60, fold_s=60, **more)


async def make(database: Database, strategy: str) -> None:
    """A table that shows what is written twice: by its rows where there is no key, else by what was added."""
    key = "" if strategy == "copy" else " PRIMARY KEY"
    await database.aexecute(f"CREATE TABLE t (k int{key}, n int NOT NULL)")


def flush_rows(number: int) -> list[tuple[int, int]]:
    return [(key, number) for key in range(ROWS)]


def expected(strategy: str) -> list[tuple[int, int]]:
    """What the flushes 1 to 4 leave."""
    numbers = range(1, FLUSHES + 1)
    if strategy == "copy":
        return sorted((key, number) for key in range(ROWS) for number in numbers)
    left = {"ignore": 1, "accumulate": sum(numbers), "staged": sum(numbers)}.get(strategy, FLUSHES)
    return [(key, left) for key in range(ROWS)]


async def found(database: Database) -> list[tuple[int, int]]:
    return [tuple(row) for row in await database.afetch("SELECT k, n FROM t ORDER BY 1, 2")]


def rule(name: str, strategy: str, context: Context) -> Rule:
    """What breaks the end of the next flush: its COMMIT, or its one statement."""
    side, kind, offset, action = LOST[name]
    is_transaction = strategy in {"copy", "merge"} or context == "backfill"
    if not is_transaction:
        return Rule(When(side, kind=kind or b"B", offset=offset), action)
    if side is Side.BACKEND:
        return Rule(When(side, kind=kind, payload=lambda payload: payload == b"COMMIT\0", offset=offset), action)
    return Rule(When(side, kind=b"Q", payload=lambda payload: payload.startswith(b"COMMIT"), offset=offset), action)


@asynccontextmanager
async def writer_through(
    proxy: FaultProxy, database: Database, strategy: str, context: Context, sessions: Sessions, **more: Any
) -> AsyncIterator[Writer]:
    tables = {"t": Table(strategy=strategy, backfill=strategy)}
    dsn = proxy.dsn(database.dsn)
    if sessions == "own":
        async with Writer(dsn, tables, context=context, settings=settings(**more)) as writer:
            yield writer
        return
    async with (
        asyncpg.create_pool(dsn, min_size=0, max_size=4) as pool,
        Writer(pool, tables, context=context, settings=settings(**more)) as writer,
    ):
        yield writer


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize(("strategy", "context", "sessions"), CASES)
async def test_flush_without_an_answer_is_written_once(
    target_db: Database, strategy: str, context: Context, sessions: Sessions, name: str
) -> None:
    await make(target_db, strategy)
    fault = rule(name, strategy, context)
    async with (
        FaultProxy.before(target_db.dsn) as proxy,
        writer_through(proxy, target_db, strategy, context, sessions) as writer,
    ):
        for number in range(1, FLUSHES + 1):
            if number == 2:
                proxy.rules.append(fault)
            await writer.write("t", flush_rows(number))
            await writer.flush()

        assert proxy.fired[fault] == 1
    assert await found(target_db) == expected(strategy)


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("size", ["held", "streamed"])
async def test_batch_without_an_answer_is_written_once(
    target_db: Database, context: Context, name: str, size: str
) -> None:
    await make(target_db, "copy")
    fault = rule(name, "copy", context)
    bytes_max = 50 if size == "streamed" else 10**6
    async with (
        FaultProxy.before(target_db.dsn) as proxy,
        writer_through(proxy, target_db, "copy", context, "own", bytes_max=bytes_max) as writer,
    ):
        for number in range(1, FLUSHES + 1):
            if number == 2:
                proxy.rules.append(fault)
            try:
                await put(writer, number)
            except ConnectionLostError:  # Of a batch that was streamed nothing is left to try again.
                assert (size, context) == ("streamed", "backfill")
                assert await writer.gaps("c", number, number + 1) == [(number, number + 1)]
                await put(writer, number)

        assert proxy.fired[fault] == 1
        assert await writer.gaps("c", 1, FLUSHES + 1) == []
    assert await found(target_db) == expected("copy")


async def put(writer: Writer, number: int) -> None:
    async with writer.batch("c", number, number + 1) as batch:
        await batch.write("t", flush_rows(number))


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("strategy", "context"), [("accumulate", "live"), ("copy", "live"), ("copy", "backfill")])
async def test_reset_at_any_message_loses_and_doubles_nothing(
    target_db: Database, strategy: str, context: Context, side: Side
) -> None:
    await make(target_db, strategy)
    has_fired, nth = True, 0
    while has_fired:
        nth += 3
        await target_db.aexecute("TRUNCATE t")
        fault = Rule(When(side, nth=nth), Reset())
        async with (
            FaultProxy.before(target_db.dsn) as proxy,
            writer_through(proxy, target_db, strategy, context, "own") as writer,
        ):
            proxy.rules.append(fault)
            for number in range(1, FLUSHES + 1):
                await writer.write("t", flush_rows(number))
                await writer.flush()
            has_fired = proxy.fired[fault] > 0
        assert await found(target_db) == expected(strategy), nth
    assert nth > 15


@pytest.mark.parametrize(
    ("strategy", "context", "sessions"),
    [
        ("accumulate", "live", "own"),
        ("accumulate", "live", "pool"),
        ("copy", "backfill", "own"),
    ],
)
async def test_tries_run_out_and_a_later_flush_writes_once(
    target_db: Database, strategy: str, context: Context, sessions: Sessions
) -> None:
    """The answer is lost, then nobody gets in: whether it was written is asked by the flush that gets in again."""
    await make(target_db, strategy)
    fault = rule("answer swallowed, then reset", strategy, context)
    nobody = Rule(When(Side.BACKEND, kind=b"R"), Reset(), is_once=False)
    async with (
        FaultProxy.before(target_db.dsn) as proxy,
        writer_through(proxy, target_db, strategy, context, sessions) as writer,
    ):
        await writer.write("t", flush_rows(1))
        await writer.flush()
        proxy.rules += [fault, nobody]
        await writer.write("t", flush_rows(2))
        with pytest.raises(ConnectionLostError, match="could not"):
            await writer.flush()
        with pytest.raises(ConnectionLostError, match="could not"):
            await writer.flush()
        await writer.write("t", flush_rows(3))
        proxy.rules.clear()
        await writer.flush()
        await writer.write("t", flush_rows(4))
    assert await found(target_db) == expected(strategy)


async def test_lost_session_that_holds_locks_is_ended(target_db: Database) -> None:
    """Half open: the server waits for more of a COPY, with the keys of its rows locked, and nobody will send it."""
    await target_db.aexecute("CREATE TABLE t (k int PRIMARY KEY, n int)")
    fault = Rule(When(Side.FRONTEND, kind=b"c"), Stall())
    async with (
        FaultProxy.before(target_db.dsn, [fault]) as proxy,
        writer_through(proxy, target_db, "copy", "backfill", "own") as writer,
    ):
        await writer.write("t", flush_rows(1))
        await writer.flush()

        assert proxy.fired[fault] == 1
        assert await target_db.avalue("SELECT count(*) FROM pg_stat_activity WHERE state LIKE '%in transaction%'") == 0
    assert await found(target_db) == [(key, 1) for key in range(ROWS)]


async def test_close_while_the_server_is_away_can_be_called_again(target_db: Database) -> None:
    await make(target_db, "accumulate")
    nobody = Rule(When(Side.BACKEND, kind=b"R"), Reset(), is_once=False)
    in_flight = Rule(When(Side.FRONTEND, kind=b"B"), Reset())
    async with FaultProxy.before(target_db.dsn) as proxy:
        writer = Writer(proxy.dsn(target_db.dsn), {"t": Table(strategy="accumulate")}, settings=settings())
        await writer.start()
        await writer.write("t", flush_rows(1))
        proxy.rules += [in_flight, nobody]
        with pytest.raises(ConnectionLostError):
            await writer.close()
        proxy.rules.clear()
        await writer.close()
        await writer.close()

    assert await found(target_db) == [(key, 1) for key in range(ROWS)]
    assert await target_db.avalue("SELECT count(*) FROM _pgsluice.writer_batch") == 0


async def test_failure_of_a_flush_by_age_is_raised_by_the_next_call(target_db: Database) -> None:
    await make(target_db, "accumulate")
    await target_db.aexecute("ALTER TABLE t ADD CHECK (n < 100)")
    writer = Writer(target_db.dsn, {"t": Table(strategy="accumulate")}, settings=WriterSettings(age_s=0.01))
    await writer.start()

    has_begun = asyncio.Event()
    points.arm(points.Traps([points.Trap("writer-flush-begins", 1, has_begun.set)]))
    try:
        await writer.write("t", [(1, 500)])
        await asyncio.wait_for(has_begun.wait(), 30)
    finally:
        points.arm(None)
    await asyncio.wait(writer._flights._flying)
    with pytest.raises(Exception, match="could not finish writing"):
        await writer.write("t", [(2, 5)])
    assert writer.discard() == 1
    await writer.write("t", [(2, 5)])
    await writer.close()

    assert await found(target_db) == [(2, 5)]
