"""A queue bounded in bytes, not in items: what keeps memory constant whatever the rows weigh."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class ByteQueue(Generic[T]):
    """First in, first out. An item larger than the whole bound passes when the queue is empty.

    For one reader of the source and several takers in one event loop.
    """

    def __init__(self, size_bytes_max: int) -> None:
        self._size_bytes_max = size_bytes_max
        self._size_bytes = 0
        self._items: deque[tuple[int, T]] = deque()
        self._is_closed = False
        self._changed = asyncio.Condition()

    async def put(self, item: T, size_bytes: int) -> None:
        """Add an item; waits while there is no room for it."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: not self._items or self._size_bytes + size_bytes <= self._size_bytes_max
            )
            self._items.append((size_bytes, item))
            self._size_bytes += size_bytes
            self._changed.notify_all()

    async def get(self) -> T | None:
        """Take the oldest item; None once the queue is closed and empty."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._items) or self._is_closed)
            if not self._items:
                return None
            size_bytes, item = self._items.popleft()
            self._size_bytes -= size_bytes
            self._changed.notify_all()
            return item

    async def close(self) -> None:
        """Say that nothing more will come."""
        async with self._changed:
            self._is_closed = True
            self._changed.notify_all()
