"""Rows of tables that are more than a heap with a key: inherited from, under partial indexes, with deferred keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

KEYED = [found for found in STRATEGIES if found.promises.needs_key]


async def send(database: Database, table: Table, rows: list[Any]) -> None:
    async with Writer(database.dsn, {"t": table}) as writer:
        await writer.write("t", rows)


async def content(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch(sql)]


@pytest.mark.parametrize("strategy", KEYED, ids=lambda found: found.name)
async def test_row_that_a_partial_index_does_not_hold_is_left_alone(target_db: Database, strategy: Strategy) -> None:
    """cte_upsert's UPDATE went by the key alone, and wrote over the rows that a soft deletion had left."""
    await target_db.aexecute("""
        CREATE TABLE t (k int NOT NULL, n int, "i" int DEFAULT 0, gone date);
        CREATE UNIQUE INDEX ON t (k) WHERE gone IS NULL AND "i" = 0;
        INSERT INTO t (k, n, gone) VALUES (1, 10, '2026-01-01'), (1, 20, NULL), (2, 30, '2026-01-01')
    """)

    await send(target_db, Table(strategy=strategy.name, key=("k",), columns=("k", "n", "i")), [(1, 5, 0), (2, 6, 0)])

    expected = [(1, 10, True), (1, 25 if strategy.default_policy == "add" else 5, False), (2, 6, False), (2, 30, True)]
    assert await content(target_db, "SELECT k, n, gone IS NOT NULL FROM t ORDER BY k, n") == sorted(expected)


@pytest.mark.parametrize("strategy", KEYED, ids=lambda found: found.name)
async def test_rows_of_a_table_that_inherits_are_not_the_tables_own(target_db: Database, strategy: Strategy) -> None:
    """No index holds both: quiet_upsert met a key twice (SQLSTATE 21000), cte_upsert wrote into the other table."""
    await target_db.aexecute("""
        CREATE TABLE t (k int PRIMARY KEY, n int);
        CREATE TABLE child () INHERITS (t);
        INSERT INTO t VALUES (1, 1); INSERT INTO child VALUES (1, 10), (2, 20)
    """)

    await send(target_db, Table(strategy=strategy.name), [(1, 5), (2, 6)])

    assert await content(target_db, "SELECT k, n FROM ONLY t ORDER BY k") == [
        (1, 6 if strategy.default_policy == "add" else 5),
        (2, 6),
    ]
    assert await content(target_db, "SELECT k, n FROM child ORDER BY k") == [(1, 10), (2, 20)]


@pytest.mark.parametrize("strategy", KEYED, ids=lambda found: found.name)
async def test_table_whose_columns_are_all_of_the_key_has_nothing_to_change(
    target_db: Database, strategy: Strategy
) -> None:
    """`accumulate` made a SET of no columns, which the server refused by a syntax error."""
    await target_db.aexecute("CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t VALUES (1)")

    await send(target_db, Table(strategy=strategy.name), [(1,), (2,), (2,)])

    assert await content(target_db, "SELECT k FROM t ORDER BY k") == [(1,), (2,)]
