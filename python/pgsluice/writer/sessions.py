"""Owns where a writer's sessions come from: its own, a caller's pool, or one connection of a caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pgsluice.driver import Connection, Dsn, connect
from pgsluice.driver.borrowed import BorrowedPool, adopt, is_connection, is_pool
from pgsluice.errors import UsageError
from pgsluice.pipeline.sessions import Sessions
from pgsluice.writer.settings import WriterSettings

# How long the encoding of more rows rests while a session waits for an answer. A server nearby needs a tenth of it;
# where one is far away it is not the encoding that takes the time.
REST_S = 0.001
# So many rows take a few tenths of a millisecond. Behind fewer, a rest would cost more than it gives.
REST_ROWS_MIN = 500


class WriterSessions:
    """Gives sessions, one to each flush. `is_callers` where a caller's own transaction decides what stays."""

    def __init__(self, where: Any, settings: WriterSettings) -> None:
        self._own: Sessions | None = None
        self._pool: BorrowedPool | None = None
        self._one: Connection | None = None
        self._turn = asyncio.Semaphore(settings.sessions_max)
        self._in_use: set[Connection] = set()
        if isinstance(where, str | Dsn):
            dsn = where if isinstance(where, Dsn) else Dsn.parse(where, role="target")
            self._own = Sessions(lambda: connect(dsn, role="target", is_writer=True, deadlines=settings.deadlines))
        elif is_pool(where):
            self._pool = BorrowedPool(where, settings.deadlines)
        elif is_connection(where):
            self._one = adopt(where, settings.deadlines)
            self._turn = asyncio.Semaphore(1)
        else:
            raise UsageError(
                "cannot write through an object of this kind",
                hint="Give a DSN, a pool of asyncpg, or a connection of asyncpg.",
            )

    @property
    def is_callers(self) -> bool:
        """Whether it is one connection, whose transactions are the caller's."""
        return self._one is not None

    @property
    def is_own(self) -> bool:
        """Whether sessions are ours, and what is left in one troubles nobody."""
        return self._own is not None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Connection]:
        """Take a session; it goes back when the block ends."""
        async with self._turn, self._taken() as connection:
            self._in_use.add(connection)
            try:
                yield connection
            finally:
                self._in_use.discard(connection)

    async def give_way(self, rows: int) -> None:
        """Let what is on its way come further, behind the encoding of so many rows.

        A transaction of COPY is four short answers around a stream. With one turn of the loop for each piece of rows,
        every answer waited for two pieces: 10 to 20 ms in each flush in which its session stood still.
        """
        await asyncio.sleep(0)
        if rows >= REST_ROWS_MIN and any(connection.awaits_answer for connection in self._in_use):
            await asyncio.sleep(REST_S)

    @asynccontextmanager
    async def another(self, connection: Connection) -> AsyncIterator[Connection]:
        """Take one more beside a session that has an open transaction, without waiting for a turn.

        A caller's one connection is all there is.
        """
        if self._one is not None:
            yield connection
            return
        async with self._taken() as other:
            yield other

    @asynccontextmanager
    async def _taken(self) -> AsyncIterator[Connection]:
        if self._one is not None:
            yield self._one
        elif self._own is not None:
            connection = await self._own.take()
            try:
                yield connection
            finally:
                await self._own.give_back(connection)
        elif self._pool is not None:
            async with self._pool.connection() as connection:
                yield connection

    async def close(self) -> None:
        """Close what is ours."""
        if self._own is not None:
            await self._own.close()
