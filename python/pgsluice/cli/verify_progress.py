"""Shows how far a verification is: one bar on a terminal, one line a few seconds apart elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Protocol, Self

import click

from pgsluice.api import VerifyObserver
from pgsluice.cli.progress import LINE_EVERY_S
from pgsluice.errors import printable


class VerifyProgress(VerifyObserver, Protocol):
    """An observer that is opened and closed."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """End showing."""


def progress_for() -> VerifyProgress:
    """Choose by what standard error is."""
    return _Bar() if sys.stderr.isatty() else _Lines()


class _Lines:
    """For logs: a line now and then."""

    def __init__(self) -> None:
        self._phase = ""
        self._tables = self._tables_read = self._rows = 0
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def phase(self, name: str, *, tables: int) -> None:
        self._phase, self._tables, self._tables_read, self._rows = name, tables, 0, 0

    def rows_read(self, rows: int) -> None:
        self._rows += rows
        now = time.monotonic()
        if now - self._last_line >= LINE_EVERY_S:
            self._last_line = now
            self._say(f"{self._phase}: {self._tables_read} of {self._tables} tables, {self._rows:,} rows")

    def table_read(self) -> None:
        self._tables_read += 1

    def event(self, name: str, **facts: object) -> None:
        fields = " ".join(f"{word}={printable(str(fact))}" for word, fact in facts.items() if fact != "")
        self._say(f"{name} {fields}")

    def _say(self, line: str) -> None:
        click.echo(line, err=True)


class _Bar(_Lines):
    """For people: a bar over the tables of the phase."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            expand=True,
            transient=True,
        )
        self._task: Any = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bars.stop()

    def phase(self, name: str, *, tables: int) -> None:
        super().phase(name, tables=tables)
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(name, total=tables, rows=0)

    def rows_read(self, rows: int) -> None:
        self._rows += rows
        self._bars.update(self._task, rows=self._rows)

    def table_read(self) -> None:
        super().table_read()
        self._bars.update(self._task, advance=1)

    def _say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
