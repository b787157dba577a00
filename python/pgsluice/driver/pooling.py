"""Finds out whether a pooler between us and the server gives each transaction another session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from pgsluice.errors import ConnectError

if TYPE_CHECKING:
    Driver = asyncpg.Connection[Any]

# A prepared statement is not in the session that is asked for it, or is there already for somebody else.
STATEMENT_LOST = {"26000", "42P05"}
# Poolers give the session that was freed last to whoever asks next; others may be faster, so it is tried again.
TRIES_MAX = 3
#: The number of the server's process; a pooler shows another one at the start.
PID = "SELECT pg_catalog.pg_backend_pid()"


class PoolerError(ConnectError):
    """A pooler keeps no session for us: settings, locks and snapshots would be somebody else's."""

    code = "pooler"

    def __init__(self, role: str) -> None:
        super().__init__(
            f"cannot work through a pooler in transaction or statement mode in front of the {role}",
            detail="It gives each transaction another session: settings, locks and snapshots would not hold.",
            hint="Connect to the server directly, or let the pooler keep sessions (pool_mode = session).",
        )


@asynccontextmanager
async def for_the_block(opening: Awaitable[Driver]) -> AsyncIterator[Driver]:
    """Open a connection that ends with the block."""
    driver = await opening
    try:
        yield driver
    finally:
        driver.terminate()


async def shares_sessions(driver: Driver, opened: AbstractAsyncContextManager[Driver], pid: int) -> bool:
    """Tell whether two connections at once are shown one session, or one connection is shown two.

    To be asked behind a pooler only. Where sessions are kept every answer is `pid`, and never another connection's.
    """
    async with opened as other:
        try:
            for _ in range(TRIES_MAX):
                await other.execute("BEGIN")
                if await other.fetchval(PID) == pid or await driver.fetchval(PID) != pid:
                    return True
                await other.execute("ROLLBACK")
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            # Statement mode refuses BEGIN, transaction mode loses prepared statements: no session refuses these.
            return True
    return False
