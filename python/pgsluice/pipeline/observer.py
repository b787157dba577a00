"""What a run tells while it works: names and counts, never a value."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Told by the pipeline; implemented by whoever prints."""

    def table_started(self, label: str, *, rows_done: int, rows_estimate: int | None) -> None:
        """A table's first batch is being read."""

    def batch_committed(self, label: str, *, rows: int, size_bytes: int) -> None:
        """A batch and its checkpoint are committed."""

    def table_finished(self, label: str, *, state: str) -> None:
        """A table is done or failed."""

    def event(self, name: str, **facts: object) -> None:
        """Something else worth a line: an event name and fields."""


class Silent:
    """Tells nobody."""

    def table_started(self, label: str, *, rows_done: int, rows_estimate: int | None) -> None:
        """Nothing."""

    def batch_committed(self, label: str, *, rows: int, size_bytes: int) -> None:
        """Nothing."""

    def table_finished(self, label: str, *, state: str) -> None:
        """Nothing."""

    def event(self, name: str, **facts: object) -> None:
        """Nothing."""
