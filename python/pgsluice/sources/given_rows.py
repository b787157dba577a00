"""Keeps rows as they were given while they may still be refused, and gives their values as text."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# What stands in a reject record of one value: a row that is too wide to be written must fit in there.
CHARS_MAX = 1_000_000
# All values of a row share that much: a jsonb of more than 255 MiB is refused, and a character may take four bytes.
ROW_CHARS_MAX = 32_000_000


class GivenRows:
    """Rows that were encoded together, numbered on from `first`. `repr` shows counts."""

    def __init__(self, first: int, count: int, row: Callable[[int], object]) -> None:
        self.first = first
        self.count = count
        self._row = row

    def __repr__(self) -> str:
        return f"<GivenRows of {self.count} from {self.first}>"

    def names(self, position: int) -> set[str]:
        """The names that a row brings itself; none for a tuple."""
        row = self._row(position - self.first)
        return {str(name) for name in row} if isinstance(row, Mapping) else set()

    def texts(self, position: int, columns: Sequence[str]) -> dict[str, str | None]:
        """Give one row's values as text by column; what has no column is numbered."""
        named = _named(self._row(position - self.first), columns)
        chars_max = min(CHARS_MAX, ROW_CHARS_MAX // (len(named) or 1))
        return {name: _cut(as_text(value), chars_max) for name, value in named}


def given_rows(first: int, chunk: Sequence[Any]) -> GivenRows:
    """Keep rows. Their outermost layer is copied: callers fill one list or dict again and again."""
    kept = [_kept(row) for row in chunk]
    return GivenRows(first, len(kept), kept.__getitem__)


def given_columns(first: int, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> GivenRows:
    """Keep whole columns."""
    kept = [list(column) for column in values]

    def row(ordinal: int) -> dict[str, Any]:
        return {name: column[ordinal] for name, column in zip(columns, kept, strict=True)}

    return GivenRows(first, len(kept[0]) if kept else 0, row)


def has_names(row: object) -> bool:
    """Whether a row brings its columns' names: mappings, and records of asyncpg and SQLAlchemy, which are none."""
    return isinstance(row, Mapping) or hasattr(row, "keys")


def _kept(row: Any) -> Any:
    if has_names(row):
        try:
            return dict(row)
        except Exception:  # noqa: BLE001 - a class of the caller's has any error; the encoder refuses the row
            return row
    if dataclasses.is_dataclass(row):
        return {field.name: getattr(row, field.name, None) for field in dataclasses.fields(row)}
    return tuple(row) if isinstance(row, list) else row


def _named(row: Any, columns: Sequence[str]) -> list[tuple[str, Any]]:
    if isinstance(row, Mapping):
        return [(str(name), value) for name, value in row.items()]
    if not isinstance(row, tuple):
        return [("0", row)]
    return [(columns[n] if n < len(columns) else str(n), value) for n, value in enumerate(row)]


def as_text(value: Any) -> str | None:
    r"""Give a value as text, much as the server would; lists and mappings as JSON.

    >>> from pgsluice.sources.given_rows import as_text
    >>> [as_text(value) for value in (None, True, 1.5, b"\x01", [1, None])]
    [None, 'true', '1.5', '\\x01', '["1", null]']
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    try:
        if isinstance(value, Mapping):
            return json.dumps({str(name): as_text(part) for name, part in value.items()})
        if isinstance(value, list | tuple | set | frozenset):
            return json.dumps([as_text(part) for part in value])
        return str(value)
    except Exception:  # noqa: BLE001 - a class of the caller's has any error; the row is to be recorded all the same
        return f"<{type(value).__name__}>"


def _cut(text: str | None, chars_max: int) -> str | None:
    if text is None or len(text) <= chars_max:
        return text
    return f"{text[:chars_max]}... ({len(text)} characters)"
