"""Builds the indexes and keys of finished tables, beside the tables that are still being copied."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pgsluice.driver import Connection
from pgsluice.errors import RunLockedError, SluiceError
from pgsluice.pipeline.observer import Observer
from pgsluice.plan.model import TablePlan
from pgsluice.schema.archive import Entry
from pgsluice.schema.making import Made, Maker

# A table of this size has its indexes built by itself and told of; smaller ones share a transaction, whose commit
# would cost as much as their indexes (16 MiB are sorted and written in about 0.1 s).
LARGE_TABLE_BYTES = 16 * 1024 * 1024
# Each takes a connection, memory for sorting, and the workers that the server lets it have.
BUILDERS_MAX = 4
ENTRIES_TOGETHER = 100


@dataclass(frozen=True)
class _Work:
    label: str
    size_bytes: int
    entries: tuple[Entry, ...]


class IndexBuilds:
    """Builders that wait for finished tables: `async with` ends when all of them have their indexes.

    What could not be made for want of a connection is left for the last step, which makes what is missing.
    """

    def __init__(
        self,
        by_table: Mapping[int, tuple[Entry, ...]],
        maker: Maker | None,
        open_session: Callable[[], Awaitable[Connection]],
        outcome: Made,
        observer: Observer,
        *,
        builders: int,
    ) -> None:
        self._by_table = by_table
        self._maker = maker
        self._open = open_session
        self._observer = observer
        self._builders = min(builders, BUILDERS_MAX)
        self._waiting: deque[_Work] = deque()
        self._changed = asyncio.Condition()
        self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []
        self._outcome = outcome

    async def table_done(self, table: TablePlan) -> None:
        """Take a table whose rows are all there."""
        entries = self._by_table.get(table.relation.oid)
        if entries and self._maker is not None:
            async with self._changed:
                self._waiting.append(_Work(table.label, table.relation.size_bytes, entries))
                self._changed.notify()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._build()) for _ in range(self._builders)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            await self._stop()
            return
        async with self._changed:
            self._is_over = True
            self._changed.notify_all()
        try:
            await asyncio.gather(*self._tasks)
        except BaseException:
            await self._stop()
            raise

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _build(self) -> None:
        session: Connection | None = None
        try:
            while (work := await self._next()) and self._maker is not None:
                try:
                    session = session or await self._open()
                    await self._make(session, self._maker, work)
                except RunLockedError:
                    raise
                except SluiceError as error:
                    self._observer.event("indexes-put-off", tables=len(work), code=error.code)
                    if session is not None:
                        session.terminate()
                    session = None
        finally:
            if session is not None:
                session.terminate()

    async def _make(self, session: Connection, maker: Maker, work: list[_Work]) -> None:
        started = time.monotonic()
        entries = [entry for table in work for entry in table.entries]
        await maker.make(session, await maker.missing(session, entries, self._outcome), self._outcome)
        if work[0].size_bytes >= LARGE_TABLE_BYTES:
            seconds = f"{time.monotonic() - started:.1f}"
            self._observer.event("indexes-built", table=work[0].label, objects=len(work[0].entries), seconds=seconds)

    async def _next(self) -> list[_Work]:
        """A large table, or as many small ones as make a transaction; nothing at the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self._is_over)
            taken: list[_Work] = []
            entries = size_bytes = 0
            while self._waiting:
                entries += len(self._waiting[0].entries)
                size_bytes += self._waiting[0].size_bytes
                if taken and (entries > ENTRIES_TOGETHER or size_bytes > LARGE_TABLE_BYTES):
                    break
                taken.append(self._waiting.popleft())
            return taken
