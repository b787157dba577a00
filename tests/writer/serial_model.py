"""What strategies must end in, in plain Python: rows one after the other, by the words of the reference alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Row = dict[str, Any]


@dataclass
class SerialTable:
    """A table by its key; `same` makes equal what the server has for equal."""

    key: Sequence[str]
    same: Callable[[Any], Any] = field(default=lambda value: value)
    rows: dict[tuple[Any, ...], Row] = field(default_factory=dict)

    def put(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows[self.key_of(row)] = dict(row)

    def key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(self.same(row[name]) for name in self.key)

    def write(self, row: Row, strategy: str, policies: Mapping[str, str], newer_by: str | None) -> None:
        old = self.rows.get(self.key_of(row))
        if old is None:
            self.rows[self.key_of(row)] = dict(row)
            return
        if strategy == "ignore":
            return
        if newer_by and not (old[newer_by] is None or (row[newer_by] is not None and row[newer_by] > old[newer_by])):
            return
        for name, new in row.items():
            if name not in self.key:
                old[name] = becomes(policies[name], old[name], new)

    def content(self) -> list[tuple[Any, ...]]:
        """All rows in the order of their keys, keys as `same` makes them."""
        return [
            key + tuple(value for name, value in row.items() if name not in self.key)
            for key, row in sorted(self.rows.items())
        ]


def becomes(policy: str, old: Any, new: Any) -> Any:
    known = [value for value in (old, new) if value is not None]
    match policy:
        case "overwrite":
            return new
        case "keep":
            return old
        case "coalesce":
            return old if new is None else new
        case "greatest":
            return max(known, default=None)
        case "least":
            return min(known, default=None)
        case "add":
            return sum(known) if known else None
    raise AssertionError(policy)
