"""Lets writers work side by side and commit in order, so that a checkpoint is always a prefix of the table."""

from __future__ import annotations

import asyncio


class Turns:
    """Numbers are called one after the other, beginning behind `last`."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._changed = asyncio.Condition()

    async def wait_for(self, number: int) -> None:
        """Wait until every number before this one is done."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._last == number - 1)

    async def done(self, number: int) -> None:
        """Call the next number."""
        async with self._changed:
            self._last = number
            self._changed.notify_all()
