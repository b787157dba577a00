"""Holds rows until they are sent, and owns when that is: by count, by bytes, by age."""

from __future__ import annotations

import asyncio

from pgsluice.writer.buffer import Buffer
from pgsluice.writer.flights import Flights
from pgsluice.writer.intake import Taken
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings


class Outbox:
    """The rows of one writer that are not on their way, and the flushes that are. Errors are of earlier flushes.

    `is_callers` where all go through one connection of the caller: nothing is sent there but while the caller waits.
    """

    def __init__(
        self,
        flights: Flights,
        settings: WriterSettings,
        sessions: WriterSessions,
        *,
        is_ordered: bool,
        is_callers: bool,
    ) -> None:
        self._flights = flights
        self._settings = settings
        self._sessions = sessions
        # Rows of COPY meet nothing, so their order is no matter.
        self._is_ordered = is_ordered
        self._is_callers = is_callers
        self._buffer = Buffer()
        self._last_rows = 0
        self._timer: asyncio.TimerHandle | None = None

    async def room(self) -> None:
        """Wait until there is room for more rows. Raises what a flush has met."""
        await self._flights.land_failed()
        if self._is_full():
            await self._send(None)
        elif not self._flights.is_idle:
            # The one statement that ordered rows are is nothing to rest for.
            await self._sessions.give_way(0 if self._is_ordered else self._last_rows)

    def add(self, table: str, taken: Taken) -> None:
        """Add rows; what is full now goes at once if it can."""
        self._buffer.add(table, taken)
        self._last_rows = taken.count
        if self._is_callers:
            return
        self._watch_age()
        if self._is_full() and self._flights.has_room:
            self._start(None)

    async def flush(self) -> None:
        """Write all that is there. Raises what the first flush that failed has met; its rows stay."""
        share = self._share()
        await self._send(share)
        while self._buffer.rows:
            await self._send(share)
        await self._flights.land()

    def discard(self) -> int:
        """Forget the rows that are not written; give their count."""
        count = self._buffer.rows + self._flights.discard()
        self._buffer = Buffer()
        return count

    def stop(self) -> None:
        """Look after the rows' age no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _is_full(self) -> bool:
        """Whether to flush; rows of COPY fill up while none can fly, for larger flushes cost less a row."""
        if self._buffer.size_bytes >= self._settings.bytes_max:
            return True
        return self._buffer.rows >= self._settings.rows_max and (self._is_ordered or self._flights.has_room)

    def _share(self) -> int | None:
        """How much of the last rows one flush takes, so that none flies alone; None for all."""
        if self._is_ordered or self._buffer.refusable or self._buffer.rows <= self._settings.rows_max:
            return None
        return -(-self._buffer.rows // self._settings.flights_max)

    async def _send(self, rows_max: int | None) -> None:
        """Let a flush go once there is room. Rows of one key must be written in their order, so mostly one flies."""
        await self._flights.room()
        await self._flights.try_again()
        if self._buffer.rows:
            self._start(rows_max)
            if self._is_callers:
                await self._flights.try_again()

    def _start(self, rows_max: int | None) -> None:
        full = self._buffer if rows_max is None else self._buffer.cut(rows_max)
        (self._flights.hold if self._is_callers else self._flights.start)(full)
        if rows_max is None:
            self._buffer = Buffer()

    def _watch_age(self) -> None:
        """Have rows flushed when the first of them gets old."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._settings.age_s, self._flush_by_age)

    def _flush_by_age(self) -> None:
        self._timer = None
        if self._buffer.rows == 0:
            return
        if self._flights.is_idle:
            self._start(None)
        else:  # The next look is after the flush that is on its way.
            self._watch_age()
