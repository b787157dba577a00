"""Owns how a program upserts many events with asyncpg alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import asyncpg

    from benches.rows import Event

    Work = Callable[[], Awaitable[int]]
    Batches = Sequence[Sequence[Event]]

SET = "ts = excluded.ts, user_id = excluded.user_id, kind = excluded.kind, value = excluded.value"
ARRAYS = "unnest($1::int8[], $2::timestamptz[], $3::int8[], $4::int2[], $5::float8[])"


def upsert(source: str, *, table: str = "events") -> str:
    """The statement that people write."""
    return f"INSERT INTO {table} (id, ts, user_id, kind, value) {source} ON CONFLICT (id) DO UPDATE SET {SET}"


ONE = upsert("VALUES ($1, $2, $3, $4, $5)")
MANY = upsert(f"SELECT * FROM {ARRAYS}")


async def by_executemany(connection: asyncpg.Connection[Any], batches: Batches) -> int:
    """asyncpg: one transaction a call."""
    for batch in batches:
        await connection.executemany(ONE, batch)
    return sum(map(len, batches))


async def by_unnest(connection: asyncpg.Connection[Any], batches: Batches, sql: str = MANY) -> int:
    """asyncpg: a list of values for each column."""
    for batch in batches:
        await connection.execute(sql, *map(list, zip(*batch, strict=True)))
    return sum(map(len, batches))
