"""Ends a connection on which nothing moves any more, so that a stalled server or network is an error and not a wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Deadlines:
    """How long to wait for a server before its connection counts as lost.

        WriterSettings(deadlines=Deadlines(answer_s=60))

    The first byte of an answer may take long (a sort of a large table, a lock); once a COPY stream flows, a gap of a
    minute is no work but a stall.
    """

    answer_s: float = 600.0
    gap_s: float = 60.0


DEFAULT_DEADLINES = Deadlines()


class ProgressDeadline:
    """While entered, terminates the driver's connection when it is overdue; `progress` puts that off."""

    def __init__(self, driver: Any, deadlines: Deadlines) -> None:
        self._driver = driver
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._unsent = 0
        self.is_over = False

    def __enter__(self) -> Self:
        self._due = self._loop.time() + self._deadlines.answer_s
        self._timer = self._loop.call_at(self._due, self._check)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def progress(self) -> None:
        """Bytes moved: from now on the next ones are due in a short while."""
        self._put_off(self._deadlines.gap_s)

    def all_sent(self) -> None:
        """Only the answer is missing, and it may take long."""
        self._put_off(self._deadlines.answer_s)

    def _put_off(self, seconds: float) -> None:
        self._due = self._loop.time() + seconds
        if self._due < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._check)

    def _check(self) -> None:
        # What waits in our own buffer shows progress too: one piece may take a slow network long.
        unsent = self._driver._transport.get_write_buffer_size()  # noqa: SLF001 - the only way to know
        if unsent != self._unsent:
            self._unsent = unsent
            self._due = max(self._due, self._loop.time() + self._deadlines.gap_s)
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._check)
            return
        self.is_over = True
        self._driver.terminate()
