"""Owns the flushes that are on their way: how many at once, and what becomes of one that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.writer.buffer import Buffer
from pgsluice.writer.delivery import Passage
from pgsluice.writer.flushed import Flushed, Landed
from pgsluice.writer.flushing import Flusher
from pgsluice.writer.passages import Numbers
from pgsluice.writer.portion import Portion
from pgsluice.writer.rejecting import Rejecting

# Whoever aborts a writer waits for this: after Ctrl-C, with a server that is stuck.
END_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Flight:
    """Rows on their way, with the number that they have on every try."""

    portions: Sequence[Portion]
    passage: Passage | None
    lane: Numbers
    rejecting: Rejecting | None = None

    @property
    def rows(self) -> int:
        """How many rows."""
        faults = self.rejecting.faults if self.rejecting else 0
        return faults + sum(portion.rows.rows for portion in self.portions)


class Flights:
    """Sends buffers off, at most `flights_max` at once.

    One that failed stays as it is, for it may have been written all the same: it is tried again under its own
    number before others, or discarded.
    """

    def __init__(self, flusher: Flusher, *, flights_max: int) -> None:
        self._flusher = flusher
        # Each flight has numbers of its own: those of one stream must reach the server one after the other.
        self._lanes = [Numbers() for _ in range(flights_max)]
        self._flying: dict[asyncio.Task[Flushed], Flight] = {}
        self._failed: list[Flight] = []
        self._landed = Landed()

    @property
    def used_lanes(self) -> list[Numbers]:
        """The lanes that the server knows of."""
        return [lane for lane in self._lanes if lane.is_used]

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way or waits for another try."""
        return not (self._flying or self._failed)

    @property
    def has_room(self) -> bool:
        """Whether another buffer could be sent off at once, and may be: what failed goes before it."""
        self._forget_landed()
        return len(self._flying) < len(self._lanes) and not self._failed

    async def land_failed(self) -> None:
        """Raise the error of a flight that failed, if nobody has seen it yet."""
        if any(task.done() and not _has_landed(task) for task in self._flying):
            await self.land()

    async def room(self) -> None:
        """Wait until another buffer can be sent off. Raises the error of a flight that failed meanwhile."""
        while len(self._flying) == len(self._lanes):
            await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            self._forget_landed()
            await self.land_failed()

    def start(self, buffer: Buffer) -> None:
        """Send a buffer off; there must be room."""
        self._fly(self._flight(buffer))

    def hold(self, buffer: Buffer) -> None:
        """Keep a buffer for `try_again`, which sends it while its caller waits."""
        self._failed.append(self._flight(buffer))

    def _flight(self, buffer: Buffer) -> Flight:
        busy = {id(flight.lane) for flight in self._flying.values()}
        lane = next(lane for lane in self._lanes if id(lane) not in busy)
        portions = self._flusher.portions(buffer)
        passage = self._flusher.passage(portions, lane)
        return Flight(portions, passage, lane, self._flusher.rejecting(buffer, lane))

    def _fly(self, flight: Flight) -> None:
        task = asyncio.create_task(self._flusher.write(flight.portions, flight.passage, rejecting=flight.rejecting))
        self._flying[task] = flight

    def _forget_landed(self) -> None:
        for task in [task for task in self._flying if task.done() and _has_landed(task)]:
            del self._flying[task]
            self._landed.add(task.result())

    async def land(self) -> None:
        """Wait for all flights; the first error of those that failed is raised, and they are kept."""
        if self._flying:
            await asyncio.wait(self._flying)
        landed, self._flying = self._flying, {}
        failed = [task for task in landed if not _has_landed(task)]
        for task in landed:
            if task not in failed:
                self._landed.add(task.result())
        self._failed += [landed[task] for task in failed]
        for task in failed:
            task.result()

    async def try_again(self) -> None:
        """Send what failed once more, in its order. Raises the first error; what comes behind it waits."""
        while self._failed:
            flight = self._failed[0]
            self._landed.add(await self._flusher.write(flight.portions, flight.passage, rejecting=flight.rejecting))
            if self._failed and self._failed[0] is flight:  # Else it was discarded meanwhile.
                self._failed.pop(0)

    def collected(self) -> Flushed:
        """What has landed since the last call."""
        return self._landed.taken()

    def discard(self) -> int:
        """Forget what failed; give its count of rows."""
        rows = sum(flight.rows for flight in self._failed)
        self._failed = []
        return rows

    async def end(self) -> None:
        """Wait a moment for all flights, whatever becomes of them, then have the server give up those that are left."""
        if self._flying:
            _, left = await asyncio.wait(self._flying, timeout=END_TIMEOUT_S)
            for task in left:
                task.cancel()
            await asyncio.gather(*self._flying, return_exceptions=True)


def _has_landed(task: asyncio.Task[Flushed]) -> bool:
    """Whether a flight that has ended wrote its rows. One is cancelled only where the whole loop is."""
    return not task.cancelled() and task.exception() is None
