"""Shows how far a copy is: bars on a terminal, one line a few seconds apart elsewhere."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any, Protocol, Self

import click

from pgsluice.errors import printable
from pgsluice.pipeline.observer import Observer

LINE_EVERY_S = 5.0


class Progress(Observer, Protocol):
    """An observer that is opened and closed, and knows how long that took."""

    seconds: float

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """End showing."""


def progress_for() -> Progress:
    """Choose by what standard error is."""
    return _Bars() if sys.stderr.isatty() else _Lines()


class _Base:
    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.seconds = time.monotonic() - self._started

    def event(self, name: str, **facts: object) -> None:
        fields = " ".join(f"{word}={_field(fact)}" for word, fact in facts.items() if fact != "")
        self._say(f"{name} {fields}".strip())

    def _say(self, line: str) -> None:
        click.echo(line, err=True)


def _field(fact: object) -> str:
    """Quote what could be read as another field or another line: names of tables hold what they like."""
    text = str(fact)
    return text if text.isprintable() and not set(text) & set(' ="\\') else json.dumps(text)


class _Lines(_Base):
    """For logs: an event a line."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, int] = {}
        self._bytes = 0
        self._last_line = time.monotonic()

    def table_started(self, label: str, *, rows_done: int, rows_estimate: int | None) -> None:
        self._rows[label] = rows_done
        if rows_done:
            self.event("table-resumed", table=label, rows_done=rows_done)

    def batch_committed(self, label: str, *, rows: int, size_bytes: int) -> None:
        self._rows[label] = self._rows.get(label, 0) + rows
        self._bytes += size_bytes
        now = time.monotonic()
        if now - self._last_line >= LINE_EVERY_S:
            self._last_line = now
            rate = self._bytes / max(now - self._started, 0.001) / 1e6
            self.event("progress", table=label, rows=self._rows[label], mb_per_s=f"{rate:.1f}")

    def table_finished(self, label: str, *, state: str) -> None:
        self.event(f"table-{state}", table=label, rows=self._rows.get(label, 0))


class _Bars(_Base):
    """For people: a bar for each table being copied, and one for all."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars
        from rich.table import Column

        self._bars = Bars(
            TextColumn(
                "{task.description}",
                table_column=Column(ratio=2, no_wrap=True, overflow="ellipsis"),
                markup=False,
            ),
            BarColumn(bar_width=None, table_column=Column(ratio=2)),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", table_column=Column(no_wrap=True, min_width=9)),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            expand=True,
            transient=True,
        )
        self._tasks: dict[str, Any] = {}
        self._bytes: dict[str, int] = {}
        self._since: dict[str, float] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bars.stop()
        super().__exit__(kind, error, tb)

    def table_started(self, label: str, *, rows_done: int, rows_estimate: int | None) -> None:
        total = max(rows_estimate, rows_done) if rows_estimate else None
        self._tasks[label] = self._bars.add_task(printable(label), total=total, completed=rows_done, rate="")
        self._bytes[label] = 0
        self._since[label] = time.monotonic()

    def batch_committed(self, label: str, *, rows: int, size_bytes: int) -> None:
        self._bytes[label] += size_bytes
        rate = self._bytes[label] / max(time.monotonic() - self._since[label], 0.001) / 1e6
        self._bars.update(self._tasks[label], advance=rows, rate=f"{rate:.0f} MB/s")

    def table_finished(self, label: str, *, state: str) -> None:
        task = self._bars.tasks[self._bars.task_ids.index(self._tasks[label])]
        seconds = time.monotonic() - self._since[label]
        rows = int(task.completed)
        self._bars.remove_task(task.id)
        from rich.text import Text

        name = Text(printable(label))
        name.truncate(max(self._bars.console.width - 46, 16), overflow="ellipsis", pad=True)
        figures = f"{rows:>12,} rows {self._bytes[label] / 1e6:>8.1f} MB {seconds:>6.1f} s"
        self._say(f"{state:6} {name.plain} {figures}")

    def _say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
