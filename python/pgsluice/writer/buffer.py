"""Holds rows until they are flushed: encoded, in the order they came, counted in rows and bytes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgsluice._core import Rows
    from pgsluice.writer.intake import Refusable, Taken


class Buffer:
    """Rows of several tables."""

    def __init__(self) -> None:
        self._tables: dict[str, list[Rows]] = defaultdict(list)
        # What is known of rows that may be refused, by table.
        self.refusable: dict[str, list[Refusable]] = defaultdict(list)
        # With those that could not be encoded and are to be rejected.
        self.rows = 0
        self.size_bytes = 0

    def add(self, table: str, taken: Taken) -> None:
        """Add rows behind those that are there."""
        if taken.rows.rows:
            self._tables[table].append(taken.rows)
            self.size_bytes += taken.rows.size_bytes
        if taken.refusable is not None:
            self.refusable[table].append(taken.refusable)
        self.rows += taken.count

    def cut(self, rows_max: int) -> Buffer:
        """Take out the first pieces, about so many rows."""
        first = Buffer()
        for table, pieces in self._tables.items():
            while pieces and first.rows < rows_max:
                piece = pieces.pop(0)
                first._tables[table].append(piece)
                for buffer, sign in ((first, 1), (self, -1)):
                    buffer.rows += sign * piece.rows
                    buffer.size_bytes += sign * piece.size_bytes
        return first

    def tables(self) -> dict[str, list[Rows]]:
        """Give the rows by table, tables in the order of their names: every flush locks in one order."""
        return {table: pieces for table, pieces in sorted(self._tables.items()) if pieces}
