"""Works on connections that belong to the caller: nothing of theirs is set, and they are not closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from pgsluice.driver.connection import Connection
from pgsluice.driver.deadline import Deadlines
from pgsluice.driver.failure import guarded
from pgsluice.driver.pooling import PID, PoolerError, shares_sessions

# Another connection of a pool that others use too may never be free.
ANOTHER_TIMEOUT_S = 2.0


def is_pool(given: object) -> bool:
    """Whether it is a pool of the driver's."""
    return isinstance(given, asyncpg.Pool)


def is_connection(given: object) -> bool:
    """Whether it is a connection of the driver's, from a pool or not."""
    return isinstance(given, asyncpg.Connection | PoolConnectionProxy)


def adopt(given: Any, deadlines: Deadlines) -> Connection:
    """Wrap a caller's connection."""
    # What a pool hands out stands in front of the connection and hides what the statements need.
    driver = getattr(given, "_con", given)
    return Connection(driver, "target", [], deadlines)


class BorrowedPool:
    """A caller's pool, from which connections are taken for a while."""

    def __init__(self, pool: Any, deadlines: Deadlines) -> None:
        self._pool = pool
        self._deadlines = deadlines
        # Whether a pooler stands before the server; None before the first connection.
        self._is_pooled: bool | None = None
        # There each connection's session has another number than the connection says.
        self._pids: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Take one. The first time: raises PoolerError where sessions are shared and the pool has another to tell."""
        proxy = await guarded(self._pool.acquire(), "taking a connection of the pool")
        try:
            connection = adopt(proxy, self._deadlines)
            if self._is_pooled is not False:
                await self._look(proxy._con, connection)  # noqa: SLF001 - see adopt
            yield connection
        finally:
            await guarded(self._pool.release(proxy), "giving a connection back to the pool")

    async def _look(self, driver: Any, connection: Connection) -> None:
        """Find out which session of the server it is."""
        if driver not in self._pids:
            self._pids[driver] = await connection.fetch_value(PID, doing="looking for a pooler")
        pid = self._pids[driver]
        if self._is_pooled is None and pid != connection.server_pid and await self._is_shared(driver, pid):
            raise PoolerError("target")
        self._is_pooled = pid != connection.server_pid
        connection.server_pid = pid

    async def _is_shared(self, driver: Any, pid: int) -> bool:
        if not self._pool.get_idle_size() and self._pool.get_size() >= self._pool.get_max_size():
            return False  # Nothing to compare with.
        try:
            return await guarded(
                shares_sessions(driver, self._pool.acquire(timeout=ANOTHER_TIMEOUT_S), pid), "looking for a pooler"
            )
        except TimeoutError:
            return False
