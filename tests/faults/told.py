"""Owns an observer that keeps what a run tells."""

from __future__ import annotations

from collections import Counter


class Told:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.retries: list[dict[str, object]] = []

    def table_started(self, label: str, *, rows_done: int, rows_estimate: int | None) -> None: ...

    def batch_committed(self, label: str, *, rows: int, size_bytes: int) -> None: ...

    def table_finished(self, label: str, *, state: str) -> None: ...

    def event(self, name: str, **facts: object) -> None:
        self.events[name] += 1
        if name == "retry":
            self.retries.append(facts)
