"""A writer behind a pooler: refused where sessions are shared, and in a caller's pool exact or refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
from test_pgbouncer import PROGRAM, pooled

from pgsluice import Table, Writer, WriterSettings
from pgsluice.driver import DEFAULT_DEADLINES
from pgsluice.driver.borrowed import BorrowedPool
from pgsluice.driver.pooling import PID, PoolerError
from pgsluice.errors import ServerError

if TYPE_CHECKING:
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")]

TABLES = "CREATE TABLE total (name text PRIMARY KEY, n int NOT NULL); CREATE TABLE entry (id int)"
DECLARED = {"total": Table(strategy="accumulate", backfill="accumulate"), "entry": Table()}


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_pooler_that_shares_sessions_is_refused(target_db: Database, mode: str) -> None:
    await target_db.aexecute(TABLES)
    with pooled(target_db, mode) as uri, pytest.raises(PoolerError, match="in front of the target"):
        await Writer(uri, DECLARED).start()


async def test_pooler_that_keeps_sessions_is_used(target_db: Database) -> None:
    await target_db.aexecute(TABLES)
    with pooled(target_db, "session") as uri:
        async with Writer(uri, DECLARED, context="backfill") as writer, writer.batch("c", 0, 1) as batch:
            await batch.write("total", [("a", 1)])
            await batch.write("entry", [(1,)])

    assert await target_db.avalue("SELECT n FROM total") == 1


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_callers_pool_behind_one_that_shares_sessions_is_refused(target_db: Database, mode: str) -> None:
    """A writer began, and lost its statements from time to time."""
    await target_db.aexecute(TABLES)
    with pooled(target_db, mode) as uri:
        async with asyncpg.create_pool(uri, min_size=1, max_size=2, statement_cache_size=0) as pool:
            with pytest.raises(PoolerError, match="in front of the target"):
                await Writer(pool, DECLARED).start()
            assert await pool.fetchval("SELECT 1") == 1  # Its connections are as they were.


async def test_callers_pool_behind_one_that_keeps_sessions_is_used(target_db: Database) -> None:
    await target_db.aexecute(TABLES)
    with pooled(target_db, "session") as uri:
        async with asyncpg.create_pool(uri, min_size=2, max_size=2) as pool:
            async with Writer(pool, DECLARED) as writer:
                await writer.write("total", [("a", 1)])
            async with BorrowedPool(pool, DEFAULT_DEADLINES).connection() as connection:
                # By this number a session that was lost is ended.
                assert connection.server_pid == await connection.fetch_value(PID, doing="asking")

    assert await target_db.avalue("SELECT n FROM total") == 1


async def test_callers_pools_of_one_connection_are_exact_or_refused(target_db: Database) -> None:
    """One connection tells of no other. What is prepared in one session and run in another is missing there."""
    await target_db.aexecute(TABLES)
    refused: list[ServerError] = []

    async def write(uri: str, name: str) -> int:
        done = 0
        async with (
            asyncpg.create_pool(uri, min_size=1, max_size=1, statement_cache_size=0) as pool,
            Writer(pool, DECLARED, settings=WriterSettings(age_s=60)) as writer,
        ):
            for _ in range(20):
                await writer.write("total", [(name, 1)])
                try:
                    await writer.flush()
                except ServerError as error:
                    refused.append(error)
                    writer.discard()
                else:
                    done += 1
        return done

    with pooled(target_db, "transaction", pool_size=3, more="server_round_robin = 1") as uri:
        counts = await asyncio.gather(*(write(uri, f"name {number}") for number in range(3)))

    assert await target_db.avalue("SELECT coalesce(sum(n), 0)::int FROM total") == sum(counts)
    assert {error.sqlstate for error in refused} <= {"26000"}
    assert all("pool_mode = session" in str(error.hint) for error in refused)
