"""Rows given to a writer are in the table: each strategy, each shape of rows, each kind of connection."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from pgsluice import BlockingWriter, Table, Writer, WriterSettings
from pgsluice.errors import PlanRefusedError, RowRefusedError, ServerError, UsageError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

BALANCES = """
    CREATE TABLE balances (account bigint, asset text, amount numeric(20, 2) NOT NULL, seen int,
                           PRIMARY KEY (account, asset));
    INSERT INTO balances VALUES (1, 'usd', 10, 1), (2, 'usd', 20, 1)
"""
ROWS = [(3, "usd", 30, 2), (1, "usd", 11, 2), (1, "eur", 7, 2)]
UPSERTED = [(1, "eur", 7, 2), (1, "usd", 11, 2), (2, "usd", 20, 1), (3, "usd", 30, 2)]


@dataclass
class Balance:
    account: int
    asset: str
    amount: int
    seen: int | None = None


async def content(database: Database, table: str = "balances") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch(f"SELECT * FROM {table} ORDER BY 1, 2")]


@pytest.mark.parametrize("strategy", ["auto", "upsert", "quiet_upsert", "cte_upsert"])
async def test_upserts_insert_and_overwrite(target_db: Database, strategy: str) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table(strategy=strategy)}) as writer:
        await writer.write("balances", ROWS)

    assert await content(target_db) == UPSERTED


SHAPES: dict[str, Any] = {
    "dicts": [
        {"asset": asset, "account": account, "amount": amount, "seen": seen} for account, asset, amount, seen in ROWS
    ],
    "dataclasses": [Balance(*row) for row in ROWS],
    "columns": dict(
        zip(("account", "asset", "amount", "seen"), (list(column) for column in zip(*ROWS, strict=True)), strict=True)
    ),
    "mappings": [
        MappingProxyType({"seen": seen, "asset": asset, "account": account, "amount": amount})
        for account, asset, amount, seen in ROWS
    ],
    "generator": (row for row in ROWS),
    "lists": [list(row) for row in ROWS],
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_rows_of_every_shape_are_taken(target_db: Database, shape: str) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table()}) as writer:
        taken = await writer.write("balances", SHAPES[shape])

    assert taken == 3
    assert await content(target_db) == UPSERTED


async def test_records_of_the_driver_are_taken_by_name(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)
    records = await target_db.afetch("SELECT 'chf' AS asset, 8 AS seen, 5 AS account, 7 AS amount")

    async with Writer(target_db.dsn, {"balances": Table()}) as writer:
        await writer.write("balances", records)

    assert (await content(target_db))[-1] == (5, "chf", 7, 8)


async def test_ignore_leaves_what_is_there(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table(strategy="ignore")}) as writer:
        await writer.write("balances", [*ROWS, (3, "usd", 99, 9)])

    assert await content(target_db) == [(1, "eur", 7, 2), (1, "usd", 10, 1), (2, "usd", 20, 1), (3, "usd", 30, 2)]


async def test_accumulate_adds_every_delta_once(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)
    declared = Table(strategy="accumulate", policies={"seen": "greatest"})

    async with Writer(target_db.dsn, {"balances": declared}) as writer:
        await writer.write("balances", [(1, "usd", 5, 3), (1, "usd", 6, 2), (9, "usd", 1, 1)])

    assert await content(target_db) == [(1, "usd", 21, 3), (2, "usd", 20, 1), (9, "usd", 1, 1)]


async def test_one_declaration_is_copy_in_a_backfill(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table()}, context="backfill") as writer:
        await writer.write("balances", [(5, "usd", 1, 1)])
        names = [plan.strategy.name for plan in writer.explain()]

    assert names == ["copy"]
    assert await content(target_db) == [(1, "usd", 10, 1), (2, "usd", 20, 1), (5, "usd", 1, 1)]


async def test_copy_that_meets_a_row_fails_whole(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)
    writer = Writer(target_db.dsn, {"balances": Table()}, context="backfill")
    await writer.start()

    await writer.write("balances", [(5, "usd", 1, 1), (1, "usd", 1, 1)])
    with pytest.raises(ServerError) as raised:
        await writer.flush()
    assert writer.discard() == 2
    await writer.close()

    assert raised.value.sqlstate == "23505"
    assert len(await content(target_db)) == 2


async def test_last_of_a_key_wins_within_a_batch(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table()}) as writer:
        await writer.write("balances", [(1, "usd", 1, 1), (1, "usd", 2, 2), (1, "usd", 3, None)])

    assert (await content(target_db))[0] == (1, "usd", 3, None)


async def test_policies_see_rows_of_one_key_one_by_one(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)
    declared = Table(strategy="upsert", policies={"amount": "add", "seen": "coalesce"})

    async with Writer(target_db.dsn, {"balances": declared}) as writer:
        await writer.write("balances", [(1, "usd", 1, 5), (1, "usd", 2, None), (7, "usd", 1, None), (7, "usd", 1, 3)])

    assert await content(target_db) == [(1, "usd", 13, 5), (2, "usd", 20, 1), (7, "usd", 2, 3)]


async def test_newer_rows_alone_win(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table(newer_by="seen")}) as writer:
        await writer.write("balances", [(1, "usd", 1, 0), (2, "usd", 2, 5), (2, "usd", 3, 4)])

    assert await content(target_db) == [(1, "usd", 10, 1), (2, "usd", 2, 5)]


async def test_rows_of_a_callers_transaction_go_with_it(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)
    connection = await target_db.connect()
    try:
        transaction = connection.transaction()
        await transaction.start()
        async with Writer(connection, {"balances": Table()}) as writer:
            await writer.write("balances", ROWS)
        inside = await connection.fetchval("SELECT count(*) FROM balances")
        await transaction.rollback()
        # The driver's own way of writing arrays is what it was.
        own = await connection.fetchval("SELECT $1::bigint[]", [1, 2])
    finally:
        await connection.close()

    assert (inside, own) == (4, [1, 2])
    assert len(await content(target_db)) == 2


async def test_pool_of_the_caller_is_used(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with (
        asyncpg.create_pool(target_db.dsn, min_size=1, max_size=2) as pool,
        Writer(pool, {"balances": Table()}) as writer,
    ):
        await writer.write("balances", ROWS)
        await writer.flush()

    assert await content(target_db) == UPSERTED


def test_blocking_writer_does_the_same(target_db: Database) -> None:
    target_db.execute(BALANCES)

    with BlockingWriter(target_db.dsn, {"balances": Table()}) as writer:
        writer.write("balances", ROWS)

    assert [tuple(row) for row in target_db.fetch("SELECT * FROM balances ORDER BY 1, 2")] == UPSERTED


async def test_several_tables_go_in_one_statement(target_db: Database) -> None:
    await target_db.aexecute(BALANCES + "; CREATE TABLE assets (id text PRIMARY KEY, tags text[], more jsonb)")
    declared = {"balances": Table(), "assets": Table(strategy="ignore")}

    async with Writer(target_db.dsn, declared) as writer:
        await writer.write("balances", ROWS)
        await writer.write("assets", [("usd", ["a", 'b"{,}', None], {"x": [1]}), ("eur", [], None)])
        await writer.flush()

    assert await content(target_db) == UPSERTED
    assert await content(target_db, "assets") == [("eur", [], None), ("usd", ["a", 'b"{,}', None], '{"x": [1]}')]


async def test_rows_are_flushed_by_count_and_by_age(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)
    settings = WriterSettings(rows_max=2, age_s=0.05)

    async with Writer(target_db.dsn, {"balances": Table()}, settings=settings) as writer:
        await writer.write("balances", ROWS[:1])
        while await target_db.avalue("SELECT count(*) FROM balances") < 3:
            pass

    assert len(await content(target_db)) == 3


async def test_value_that_does_not_fit_is_named_and_rows_before_it_are_taken(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table()}) as writer:
        with pytest.raises(RowRefusedError) as raised:
            await writer.write("balances", [(8, "usd", 1, 1), (9, "canary\0", 1, 1)])

    assert 'column "asset", row 1: ' in raised.value.message
    assert "canary" not in raised.value.message
    assert [row[0] for row in await content(target_db)] == [1, 2, 8]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (Table(key=("seen",)), "no unique index"),
        (Table(columns=("account", "nothing")), 'no column "nothing"'),
        (Table(columns=("account", "asset", "seen")), "rows do not bring it"),
        (Table(policies={"nothing": "add"}), "rows do not bring"),
        (Table(strategy="accumulate", policies={"seen": "overwrite"}), "no policy overwrite"),
    ],
)
async def test_declaration_that_cannot_work_is_refused_first(target_db: Database, table: Table, text: str) -> None:
    await target_db.aexecute(BALANCES)

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"balances": table}).start()

    assert any(text in problem for problem in raised.value.problems)


async def test_table_that_is_none_is_refused(target_db: Database) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        await Writer(target_db.dsn, {"nothing": Table()}).start()


async def test_batches_move_their_cursor_and_none_is_written_twice(target_db: Database) -> None:
    await target_db.aexecute(BALANCES)

    async with Writer(target_db.dsn, {"balances": Table(strategy="accumulate")}) as writer:
        async with writer.batch("ledger", 100, 110) as batch:
            await batch.write("balances", [(1, "usd", 5, 0)])
        with pytest.raises(Exception, match="expected position 100, found position 110"):
            async with writer.batch("ledger", 100, 110) as batch:
                await batch.write("balances", [(1, "usd", 5, 0)])
        position = await writer.position("ledger")

    assert position == 110
    assert (await content(target_db))[0] == (1, "usd", 15, 1)
