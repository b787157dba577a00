"""Owns batches that a cursor covers: opens the cursor, collects the rows, writes them with what the cursor says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any, TypeVar

from pgsluice.config.table import Context
from pgsluice.driver import Connection
from pgsluice.errors import UsageError, in_quotes
from pgsluice.pipeline.retry import with_retries
from pgsluice.state.batch_tokens import make_writer_state
from pgsluice.state.cursors import CursorState, open_cursor, read_cursor, read_gaps
from pgsluice.writer.batch import Batch
from pgsluice.writer.delivery import Passage
from pgsluice.writer.flushing import Flusher
from pgsluice.writer.lanes import Lanes
from pgsluice.writer.passages import Move, Numbers, Span
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings
from pgsluice.writer.stream import Stream

if TYPE_CHECKING:
    from pgsluice.writer.intake import Taken

T = TypeVar("T")
POSITION_MIN, POSITION_MAX = -(2**63), 2**63 - 1


class Batches:
    """Makes the batches of one writer. Those of a backfill run side by side, at most `sessions_max` at once."""

    def __init__(
        self,
        sessions: WriterSessions,
        flusher: Flusher,
        take: Callable[[str, Any], Iterator[Taken]],
        settings: WriterSettings,
        context: Context,
    ) -> None:
        self._sessions, self._flusher, self._take, self._settings = sessions, flusher, take, settings
        self._is_live = context == "live"
        self._lanes = Lanes(settings.sessions_max)
        # Cursors that live batches have moved: no need to look whether they are there.
        self._known: set[str] = set()

    @property
    def used_lanes(self) -> list[Numbers]:
        """The lanes that the server knows of."""
        return self._lanes.used

    @asynccontextmanager
    async def batch(self, cursor: str, start: int, end: int) -> AsyncIterator[Batch]:
        """Collect rows in the block and write them at its end."""
        _check(cursor, start, end)
        if self._is_live:
            await self._open(cursor, start, end)
            batch = Batch(self._take, None, self._settings.bytes_max)
            with closing(batch):
                yield batch
            batch.check_finished()
            if start == end and batch.buffer.rows:
                raise UsageError(f"rows in a batch from {start} to {end}: a restart would write them again")
            await self._write(batch, None, Move(cursor, start, end))
            return
        if start == end:
            raise UsageError(f"a backfill's batch from {start} to {end}: expected an end behind the start")
        span = Span(cursor, start, end)
        async with self._lanes.lane() as lane:
            found = await self._open(cursor, start, end)
            if found is not None and found.is_partly_written:
                span.refuse(found)
            async with self._backfilled(span, lane) as batch:
                yield batch

    @asynccontextmanager
    async def _backfilled(self, span: Span, lane: Numbers) -> AsyncIterator[Batch]:
        passage = None if self._sessions.is_callers else lane.numbered()
        stream = Stream(self._sessions, self._flusher, self._settings, span, passage)
        # Of rows that went already none can be put aside.
        sink = stream if self._flusher.reject_place is None else None
        batch = Batch(self._take, sink, self._settings.bytes_max)
        try:
            with closing(batch):
                yield batch
            batch.check_finished()
        except BaseException as error:
            await stream.abort(error)
            raise
        if stream.is_open:
            batch.flushed = await stream.finish(batch.buffer)
        else:
            await self._write(batch, passage, span)

    async def _write(self, batch: Batch, passage: Passage | None, move: Move | Span) -> None:
        portions, rejecting = self._flusher.portions(batch.buffer), self._flusher.rejecting(batch.buffer)
        batch.flushed = await self._flusher.write(portions, passage, move, rejecting)

    async def _open(self, cursor: str, start: int, end: int) -> CursorState | None:
        """Make the cursor if it is missing; give what it says, or None where it need not be asked."""
        if cursor in self._known:
            return None
        found = await self._asked(lambda of: open_cursor(of, cursor, start, end, is_live=self._is_live))
        if self._is_live and not self._sessions.is_callers:  # A caller's transaction may take it back.
            self._known.add(cursor)
        return found

    async def gaps(self, cursor: str, start: int, end: int) -> list[tuple[int, int]]:
        """List what is not written."""
        _check(cursor, start, end)
        return await self._asked(lambda of: read_gaps(of, cursor, start, end))

    async def position(self, cursor: str) -> int | None:
        """Where live batches go on."""
        found = await self._asked(lambda of: read_cursor(of, cursor))
        return found.position if found else None

    async def _asked(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Ask the writers' state, made where it is missing; again where a connection was lost."""

        async def attempt() -> T:
            async with self._sessions.session() as connection:
                await make_writer_state(connection)
                return await work(connection)

        if self._sessions.is_callers:
            return await attempt()
        return await with_retries(attempt, self._settings.retry, lambda *_: None)


def _check(cursor: Any, start: Any, end: Any) -> None:
    if not isinstance(cursor, str):
        raise UsageError("a cursor's name that is no string")
    if not all(isinstance(place, int) and POSITION_MIN <= place <= POSITION_MAX for place in (start, end)):
        raise UsageError(f"cursor {in_quotes(cursor)}: expected positions that are whole numbers of 64 bits")
    if end < start:
        raise UsageError(f"a batch from {start} to {end}: expected an end that is not before the start")
