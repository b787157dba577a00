"""A table that is altered, or a session that ends, while a writer is at it: it goes on, or says what has changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice.writer.changed import TableChangedError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

THINGS = "CREATE TABLE t (k int PRIMARY KEY, n int, more text)"
STRATEGIES = ["upsert", "quiet_upsert", "merge", "accumulate", "copy"]
ENDED = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def declared(strategy: str) -> dict[str, Table]:
    policies: Any = {"more": "greatest"} if strategy == "accumulate" else {}
    return {"t": Table(strategy=strategy, policies=policies)}


async def content(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch("SELECT k, n, more FROM t ORDER BY k")]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    "ddl",
    [
        "ALTER TABLE t ADD x int",
        "ALTER TABLE t ADD x int NOT NULL DEFAULT 7",
        "ALTER TABLE t ADD x int GENERATED ALWAYS AS (n * 2) STORED",
        "CREATE INDEX ON t (n)",
        "ALTER TABLE t RENAME CONSTRAINT t_pkey TO other",
        "DROP TABLE t; CREATE TABLE t (more text, k int PRIMARY KEY, n int); INSERT INTO t VALUES ('a', 1, 1)",
    ],
)
async def test_change_that_rows_still_fit_is_not_noticed(target_db: Database, strategy: str, ddl: str) -> None:
    await target_db.aexecute(THINGS)

    async with Writer(target_db.dsn, declared(strategy)) as writer:
        await writer.write("t", [(1, 1, "a")])
        await writer.flush()
        await target_db.aexecute(ddl)
        await writer.write("t", [(2, 2, "b")])

    assert await content(target_db) == [(1, 1, "a"), (2, 2, "b")]


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "copy"])
@pytest.mark.parametrize("ddl", ["ALTER TABLE t ALTER more TYPE varchar(50)", "ALTER TABLE t ALTER n TYPE bigint"])
async def test_type_that_takes_the_values_is_not_noticed(target_db: Database, strategy: str, ddl: str) -> None:
    await target_db.aexecute(THINGS)

    async with Writer(target_db.dsn, declared(strategy)) as writer:
        await writer.write("t", [(1, 1, "a")])
        await writer.flush()
        await target_db.aexecute(ddl)
        await writer.write("t", [(2, 2, "b")])

    assert await content(target_db) == [(1, 1, "a"), (2, 2, "b")]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("ddl", "problem"),
    [
        ("ALTER TABLE t DROP n", 'table "public.t", column "n" is gone'),
        ("ALTER TABLE t RENAME n TO m", 'table "public.t", column "n" is gone'),
        ("ALTER TABLE t ADD x int; UPDATE t SET x = 0; ALTER TABLE t ALTER x SET NOT NULL", 'column "x" is new'),
        ("ALTER TABLE t ALTER n TYPE point USING NULL", 'column "n": expected type integer, found point'),
        ("DROP TABLE t", 'table "public.t" is gone'),
    ],
)
async def test_change_that_rows_do_not_fit_is_named(target_db: Database, strategy: str, ddl: str, problem: str) -> None:
    await target_db.aexecute(THINGS)
    writer = Writer(target_db.dsn, declared(strategy))
    await writer.start()
    await writer.write("t", [(1, 1, "a")])
    await writer.flush()

    await target_db.aexecute(ddl)
    await writer.write("t", [(2, 2, "b")])
    with pytest.raises(TableChangedError) as raised:
        await writer.flush()
    left = writer.discard()
    await writer.close()

    assert problem in "\n".join(raised.value.problems)
    assert left == 1


async def test_copy_into_a_type_of_the_same_length_is_named(target_db: Database) -> None:
    """COPY takes the four bytes of an int for a float4, and answers with the right count of rows."""
    await target_db.aexecute(THINGS)
    writer = Writer(target_db.dsn, declared("copy"))
    await writer.start()

    await target_db.aexecute("ALTER TABLE t ALTER n TYPE float4")
    await writer.write("t", [(2, 2, "b")])
    with pytest.raises(TableChangedError) as raised:
        await writer.flush()
    await writer.abort()

    assert raised.value.problems == ('table "public.t", column "n": expected type integer, found real',)
    assert await content(target_db) == []


@pytest.mark.parametrize("strategy", ["upsert", "quiet_upsert", "merge", "accumulate"])
async def test_conflict_index_that_goes_is_named(target_db: Database, strategy: str) -> None:
    await target_db.aexecute(THINGS)
    writer = Writer(target_db.dsn, declared(strategy))
    await writer.start()

    await target_db.aexecute("ALTER TABLE t DROP CONSTRAINT t_pkey")
    await writer.write("t", [(2, 2, "b")])
    with pytest.raises(TableChangedError) as raised:
        await writer.flush()
    await writer.abort()

    assert raised.value.problems == ('table "public.t": the unique index on ("k") is gone',)


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_session_that_is_ended_between_flushes_is_replaced(target_db: Database, strategy: str) -> None:
    await target_db.aexecute(THINGS)

    async with Writer(target_db.dsn, declared(strategy)) as writer:
        await writer.write("t", [(1, 1, "a")])
        await writer.flush()
        await target_db.avalue(ENDED)
        await writer.write("t", [(2, 2, "b")])
        await writer.flush()

    assert await content(target_db) == [(1, 1, "a"), (2, 2, "b")]


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_session_that_is_ended_in_mid_flush_counts_once(target_db: Database, strategy: str) -> None:
    await target_db.aexecute(THINGS)
    other = await target_db.connect()
    try:
        async with Writer(target_db.dsn, declared(strategy)) as writer:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("LOCK TABLE t IN SHARE MODE")
            await writer.write("t", [(1, 1, "a")])
            flush = asyncio.create_task(writer.flush())
            while not await target_db.avalue("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            await other.fetchval(ENDED)
            await transaction.rollback()
            retries = (await flush).retries
    finally:
        await other.close()

    assert retries >= 1
    assert await content(target_db) == [(1, 1, "a")]
