"""Finds out whether a pooler between us and the server gives each transaction another session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import asyncpg

from pgsluice.errors import ConnectError

if TYPE_CHECKING:
    Driver = asyncpg.Connection[Any]

# A prepared statement is not in the session that is asked for it, or is there already for somebody else.
STATEMENT_LOST = {"26000", "42P05"}
# Poolers give the session that was freed last to whoever asks next; others may be faster, so it is tried again.
TRIES_MAX = 3
_PID = "SELECT pg_catalog.pg_backend_pid()"


class PoolerError(ConnectError):
    """A pooler keeps no session for us: settings, locks and snapshots would be somebody else's."""

    code = "pooler"

    def __init__(self, role: str) -> None:
        super().__init__(
            f"cannot work through a pooler in transaction or statement mode in front of the {role}",
            detail="It gives each transaction another session: settings, locks and snapshots would not hold.",
            hint="Connect to the server directly, or let the pooler keep sessions (pool_mode = session).",
        )


async def shares_sessions(driver: Driver, open_another: Callable[[], Awaitable[Driver]], pid: int) -> bool:
    """Tell whether two connections at once are shown one session, or one connection is shown two.

    To be asked behind a pooler only. Where sessions are kept every answer is `pid`, and never another connection's.
    """
    other = await open_another()
    try:
        for _ in range(TRIES_MAX):
            await other.execute("BEGIN")
            if await other.fetchval(_PID) == pid or await driver.fetchval(_PID) != pid:
                return True
            await other.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError):
        # Statement mode refuses BEGIN, transaction mode loses prepared statements: no session refuses these.
        return True
    finally:
        other.terminate()
    return False
