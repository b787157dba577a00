"""Runs pieces of work side by side, a bounded number at once; a piece may ask for more, which comes next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from pgsluice.errors import SluiceError

Work = Callable[[], Awaitable[None]]


class Jobs:
    """Work that is taken from the front, by as many takers as there are jobs."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()
        self._running = 0
        self._changed = asyncio.Condition()

    async def add_next(self, work: Iterable[Work]) -> None:
        """Put work in front of all that waits, in its order; called by work that runs."""
        async with self._changed:
            self._waiting.extendleft(reversed(list(work)))
            self._changed.notify_all()

    async def run(self, work: Iterable[Work], *, jobs: int) -> None:
        """Do all of it, in its order. Raises the first SluiceError of any, after the others were cancelled."""
        self._waiting.extend(work)
        failure: SluiceError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(jobs):
                    group.create_task(self._take())
        except* SluiceError as failures:
            failure = first_failure(failures)
        if failure is not None:
            raise failure

    async def _take(self) -> None:
        while (work := await self._next()) is not None:
            try:
                await work()
            finally:
                async with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    async def _next(self) -> Work | None:
        """Wait for work as long as some is running, which may ask for more."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._waiting) or not self._running)
            if not self._waiting:
                return None
            self._running += 1
            return self._waiting.popleft()


def first_failure(failures: BaseExceptionGroup[SluiceError]) -> SluiceError:
    """The error that came first; those of tasks it stopped are of no interest."""
    first = failures.exceptions[0]
    found = first_failure(first) if isinstance(first, BaseExceptionGroup) else first
    found.__context__ = None
    return found
