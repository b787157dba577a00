"""A batch that a cursor covers: rows of several tables that are written together with the cursor's record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from pgsluice.errors import SluiceError, UsageError
from pgsluice.writer.buffer import Buffer
from pgsluice.writer.flushed import Flushed

if TYPE_CHECKING:
    from pgsluice.writer.intake import Taken


class Sink(Protocol):
    """Where rows go that a batch cannot hold."""

    async def send(self, buffer: Buffer) -> object:
        """Write them in the batch's transaction."""


class Batch:
    """Collects rows until its block ends; made by `Writer.batch`. Nothing of it stays unless the block ends well.

        async with writer.batch("ledgers", 101, 102) as batch:
            await batch.write("balances", [(1, "usd", 10)])
        print(batch.flushed.rows)

    A backfill's batch that grows beyond `bytes_max` is sent as it comes, in its open transaction; any other is held
    until its block ends. Tasks of the block may write at once.
    """

    def __init__(self, take: Callable[[str, Any], Iterator[Taken]], sink: Sink | None, bytes_max: int) -> None:
        self._take = take
        self._sink = sink
        self._bytes_max = bytes_max
        self._unfinished = 0
        self._is_over = False
        # Pieces of one transaction go one after the other.
        self._turn = asyncio.Lock()
        self.buffer = Buffer()
        #: What was written; None until the block has ended.
        self.flushed: Flushed | None = None

    def write(self, table: str, rows: Any) -> Coroutine[Any, Any, int]:
        """Add rows of a table, in any shape that `Writer.write` takes; give their count. To be awaited."""
        self._check_open()
        self._unfinished += 1
        return self._write(table, rows)

    def _check_open(self) -> None:
        if self._is_over:
            raise UsageError(
                "the batch has ended",
                detail="What is given to it now belongs to no range.",
                hint="Write inside of the block: async with writer.batch(...) as batch.",
            )

    async def _write(self, table: str, rows: Any) -> int:
        try:
            async with self._turn:
                self._check_open()
                return await self._add(table, rows)
        except SluiceError as error:
            del rows  # What collects the locals of frames must find no row in ours.
            raise error.with_traceback(None) from error.__cause__
        finally:
            self._unfinished -= 1

    async def _add(self, table: str, rows: Any) -> int:
        count = 0
        for taken in self._take(table, rows):
            self.buffer.add(table, taken)
            count += taken.count
            if self._sink is not None and self.buffer.size_bytes >= self._bytes_max:
                full, self.buffer = self.buffer, Buffer()
                await self._sink.send(full)
        return count

    def close(self) -> None:
        """Take nothing more."""
        self._is_over = True

    def check_finished(self) -> None:
        """Refuse a batch with rows that nobody waited for: its cursor would pass them by."""
        if self._unfinished:
            raise UsageError(
                "the batch ends before its rows were taken",
                detail="Nothing of the batch was written.",
                hint="Await each write: await batch.write(table, rows).",
            )
