"""Asks a database what is true, also after its server crashed."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from servers import Database

WAIT_S = 60.0


class Checker:
    """Asks a database over one connection that stays, so that checks cost little; made anew when it was lost."""

    NAME = "checker"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: asyncpg.Connection | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        return self._run(self._fetch(sql, *arguments))

    def value(self, sql: str, *arguments: object) -> Any:
        [row, *_] = self.fetch(sql, *arguments)
        return row[0]

    def execute(self, sql: str) -> None:
        self._run(self._execute(sql))

    def close(self) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    async def _leave(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.close(timeout=WAIT_S)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                self._connection.terminate()
            self._connection = None
            await asyncio.sleep(0)  # For the transport to close its socket.

    async def _execute(self, sql: str) -> None:
        await (await self._open()).execute(sql)

    async def _fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        return await (await self._open()).fetch(sql, *arguments)

    async def _open(self) -> asyncpg.Connection:
        if self._connection is not None:
            try:
                await self._connection.execute("SELECT 1")
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._leave()
        if self._connection is None:
            settings = {"application_name": self.NAME}
            self._connection = await self._database.connect(server_settings=settings, statement_cache_size=0)
        return self._connection
