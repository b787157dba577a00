"""Writers that meet each other, or anybody else, on the same rows: no deadlock of their own, every effect once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from pgsluice import Table, Writer, WriterSettings
from pgsluice.errors import DataError, PlanRefusedError, RowRefusedError
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

COUNTS = "CREATE TABLE t (k int PRIMARY KEY, n int)"
#: Strategies that change rows that are there, in their own transaction.
CHANGING = [found for found in STRATEGIES if found.promises.needs_key and found.name != "staged"]
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def content(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch("SELECT k, n FROM t ORDER BY k")]


async def until_blocked(database: Database, sessions: int = 1) -> None:
    while await database.avalue(BLOCKED) < sessions:
        pass


@pytest.mark.parametrize("key", ["int", "citext"])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda found: found.name)
async def test_writers_with_opposite_orders_do_not_deadlock(target_db: Database, strategy: Strategy, key: str) -> None:
    await target_db.aexecute(f"CREATE EXTENSION citext; CREATE TABLE t (k {key} PRIMARY KEY, n int)")
    is_new = strategy.name == "copy"

    async def write(number: int) -> int:
        retries = 0
        async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name)}) as writer:
            for turn in range(15):
                # Keys that are equal and differ in bytes: their bytes have another order than they have.
                names = ["aBcDeFgH"[at % 8].swapcase() if number else "aBcDeFgH"[at % 8] for at in range(300)]
                first = (turn * 2 + number) * 300 if is_new else 0
                keys = [first + at if key == "int" else f"{names[at]}{first + at}" for at in range(300)]
                await writer.write("t", [(k, turn) for k in (reversed(keys) if number else keys)])
                retries += (await writer.flush()).retries
        return retries

    assert await asyncio.gather(write(0), write(1)) == [0, 0]


# cte_upsert waits in its INSERT before it holds a lock, so there is no circle.
@pytest.mark.parametrize("strategy", [found for found in CHANGING if found.name != "cte_upsert"], ids=lambda s: s.name)
async def test_victim_of_a_deadlock_tries_again_and_counts_once(target_db: Database, strategy: Strategy) -> None:
    await target_db.aexecute(f"{COUNTS}; INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)")
    await target_db.aexecute(f'ALTER DATABASE "{target_db.name}" SET deadlock_timeout = 10')
    holding, other = await target_db.connect(), await target_db.connect()
    try:
        # Whoever waits last looks for the circle, and is its victim: the other one, who waits before, looks much later.
        await other.execute("SET deadlock_timeout = '100s'")
        async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name)}) as writer:
            held, others = holding.transaction(), other.transaction()
            await held.start()
            await others.start()
            await holding.execute("UPDATE t SET n = n WHERE k = 2")
            await other.execute("UPDATE t SET n = n + 1 WHERE k = 3")
            await writer.write("t", [(1, 1), (2, 2), (3, 3)])
            flush = asyncio.create_task(writer.flush())
            await until_blocked(target_db, 1)
            update = asyncio.create_task(other.execute("UPDATE t SET n = n + 1 WHERE k = 1"))
            await until_blocked(target_db, 2)
            await held.rollback()
            await update
            await others.commit()
            retries = (await flush).retries
    finally:
        await holding.close()
        await other.close()

    assert retries >= 1
    expected = [(1, 12), (2, 22), (3, 34)] if strategy.name == "accumulate" else [(1, 1), (2, 2), (3, 3)]
    assert await content(target_db) == expected


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
@pytest.mark.parametrize("strategy", CHANGING, ids=lambda found: found.name)
async def test_serialization_failure_is_tried_again_and_counts_once(
    target_db: Database, strategy: Strategy, level: str
) -> None:
    """Sessions of the writer's own are at READ COMMITTED; those of a caller's pool are as they are."""
    await target_db.aexecute(f"{COUNTS}; INSERT INTO t VALUES (1, 10), (2, 20)")
    other = await target_db.connect()
    try:
        async with (
            asyncpg.create_pool(
                target_db.dsn, min_size=1, max_size=2, server_settings={"default_transaction_isolation": level}
            ) as pool,
            Writer(pool, {"t": Table(strategy=strategy.name)}) as writer,
        ):
            transaction = other.transaction()
            await transaction.start()
            await other.execute("UPDATE t SET n = n + 1 WHERE k = 2")
            await writer.write("t", [(1, 1), (2, 2)])
            flush = asyncio.create_task(writer.flush())
            await until_blocked(target_db)
            await transaction.commit()
            retries = (await flush).retries
    finally:
        await other.close()

    assert retries >= 1
    assert await content(target_db) == ([(1, 11), (2, 23)] if strategy.name == "accumulate" else [(1, 1), (2, 2)])


@pytest.mark.parametrize("strategy", CHANGING, ids=lambda found: found.name)
async def test_row_that_another_inserts_at_the_same_moment(target_db: Database, strategy: Strategy) -> None:
    """cte_upsert's first hole: its INSERT waits and then does nothing, its UPDATE does not see the row."""
    await target_db.aexecute(COUNTS)
    other = await target_db.connect()
    try:
        async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name)}) as writer:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("INSERT INTO t VALUES (1, 10)")
            await writer.write("t", [(1, 1)])
            flush = asyncio.create_task(writer.flush())
            await until_blocked(target_db)
            await transaction.commit()
            await flush
    finally:
        await other.close()

    expected = {"cte_upsert": [(1, 10)], "accumulate": [(1, 11)]}.get(strategy.name, [(1, 1)])
    assert await content(target_db) == expected
    assert ("inserts or deletes at the same moment" in strategy.promises.races) is (strategy.name == "cte_upsert")


@pytest.mark.parametrize("strategy", CHANGING, ids=lambda found: found.name)
async def test_row_that_another_deletes_at_the_same_moment(target_db: Database, strategy: Strategy) -> None:
    """cte_upsert's second hole: the row is there for its INSERT, and gone for its UPDATE."""
    await target_db.aexecute(f"{COUNTS}; INSERT INTO t VALUES (1, 10)")
    other = await target_db.connect()
    try:
        async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name)}) as writer:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("SELECT FROM t WHERE k = 1 FOR UPDATE")
            await writer.write("t", [(1, 1)])
            flush = asyncio.create_task(writer.flush())
            await until_blocked(target_db)
            await other.execute("DELETE FROM t WHERE k = 1")
            await transaction.commit()
            await flush
    finally:
        await other.close()

    assert await content(target_db) == ([] if strategy.name == "cte_upsert" else [(1, 1)])


async def test_quiet_upsert_locks_keys_that_come_again_in_their_order(target_db: Database) -> None:
    """A first row of a key that changed nothing took no lock, its second one did, behind those of greater keys."""
    await target_db.aexecute(f"{COUNTS}; INSERT INTO t VALUES (1, 10), (2, 20)")
    other = await target_db.connect()
    table = Table(strategy="quiet_upsert", policies={"n": "add"}, returning=True)
    try:
        async with Writer(target_db.dsn, {"t": table}) as writer:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("UPDATE t SET n = n WHERE k = 1")
            await writer.write("t", [(1, 0), (2, 5), (1, 3)])
            flush = asyncio.create_task(writer.flush())
            await until_blocked(target_db)
            await other.execute("SELECT FROM t WHERE k = 2 FOR UPDATE NOWAIT")
            await transaction.rollback()
            outcomes = (await flush).outcomes
    finally:
        await other.close()

    assert outcomes == {"t": ["untouched", "updated", "updated"]}
    assert await content(target_db) == [(1, 13), (2, 25)]


@pytest.mark.parametrize("strategy", CHANGING, ids=lambda found: found.name)
async def test_null_in_a_key_is_refused_with_its_row(target_db: Database, strategy: Strategy) -> None:
    await target_db.aexecute("CREATE TABLE t (k int, n int, UNIQUE (k))")

    async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name, key=("k",))}) as writer:
        with pytest.raises(RowRefusedError) as raised:
            await writer.write("t", [(1, 1), (None, 2)])

    assert raised.value.message.endswith(
        'column "k", row 1: expected a value, as the column is of the conflict key, found NULL'
    )
    assert await content(target_db) == [(1, 1)]


@pytest.mark.parametrize(
    ("ddl", "table", "text"),
    [
        (COUNTS, Table(strategy="accumulate", newer_by="n"), "knows no newer_by"),
        (
            "CREATE TABLE t (k int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY)",
            Table(columns=("k", "n")),
            "GENERATED ALWAYS",
        ),
    ],
)
async def test_declaration_that_would_be_passed_over_is_refused(
    target_db: Database, ddl: str, table: Table, text: str
) -> None:
    await target_db.aexecute(ddl)

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"t": table}).start()

    assert any(text in problem for problem in raised.value.problems)


PARTIAL = """
    CREATE TABLE t (k int NOT NULL, n int, gone date, is_open bool DEFAULT true);
    CREATE UNIQUE INDEX ON t (k) WHERE gone IS NULL AND is_open
"""


@pytest.mark.parametrize("strategy", CHANGING, ids=lambda found: found.name)
async def test_row_that_the_conflict_index_does_not_hold_is_refused(target_db: Database, strategy: Strategy) -> None:
    """It met no row, so each time that it was sent there was one more; of two in a batch one was lost."""
    await target_db.aexecute(PARTIAL)
    columns = ("k", "n") if strategy.name == "accumulate" else ("k", "n", "gone", "is_open")
    if strategy.name == "accumulate":  # There is no max of booleans.
        await target_db.aexecute("DROP INDEX t_k_idx; CREATE UNIQUE INDEX ON t (k) WHERE n > 0")
    rows: list[Any] = [(1, 1, None, True)[: len(columns)], (2, 2, None, True)[: len(columns)]]
    outside = (3, -3, "2026-01-01", True)[: len(columns)]
    declared = Table(strategy=strategy.name, key=("k",), columns=columns)
    writer = Writer(target_db.dsn, {"t": declared})
    await writer.start()

    await writer.write("t", rows)
    await writer.flush()
    await writer.write("t", [(4, 4, None, True)[: len(columns)], outside])
    with pytest.raises(DataError) as raised:
        await writer.flush()
    writer.discard()
    await writer.close()

    assert 'table "public.t", row 3: ' in raised.value.message
    assert await content(target_db) == [(1, 1), (2, 2)]


async def test_column_of_the_conflict_indexs_predicate_must_be_brought_or_null(target_db: Database) -> None:
    await target_db.aexecute(PARTIAL)

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"t": Table(key=("k",), columns=("k", "n"))}).start()

    assert len(raised.value.problems) == 1
    assert 'column "is_open"' in raised.value.problems[0]


async def test_writers_that_start_at_once_make_their_state_once(target_db: Database) -> None:
    await target_db.aexecute(COUNTS)

    async def count() -> None:
        async with Writer(target_db.dsn, {"t": Table(strategy="staged")}, settings=WriterSettings()) as writer:
            await writer.write("t", [(1, 1)])

    await asyncio.gather(*(count() for _ in range(12)))

    assert await content(target_db) == [(1, 12)]
