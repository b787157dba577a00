"""Owns the numbers of batches that are written side by side: one lane for each that is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pgsluice.writer.passages import Numbers


class Lanes:
    """Gives lanes, at most `count` at once; who comes then waits."""

    def __init__(self, count: int) -> None:
        self._all = [Numbers() for _ in range(count)]
        self._free = list(self._all)
        self._turn = asyncio.Semaphore(count)

    @property
    def used(self) -> list[Numbers]:
        """The lanes that the server knows of."""
        return [lane for lane in self._all if lane.is_used]

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[Numbers]:
        """Take a lane for one batch. Those used before come first: each has a row on the server."""
        async with self._turn:
            lane = self._free.pop()
            try:
                yield lane
            finally:
                self._free.append(lane)
