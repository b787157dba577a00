"""Holds rows until they are flushed: encoded, in the order they came, counted in rows and bytes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgsluice._core import Rows


class Buffer:
    """Rows of several tables."""

    def __init__(self) -> None:
        self._tables: dict[str, list[Rows]] = defaultdict(list)
        self.rows = 0
        self.size_bytes = 0

    def add(self, table: str, rows: Rows) -> None:
        """Add rows behind those that are there."""
        if rows.rows:
            self._tables[table].append(rows)
            self.rows += rows.rows
            self.size_bytes += rows.size_bytes

    def tables(self) -> dict[str, list[Rows]]:
        """Give the rows by table, tables in the order of their names: every flush locks in one order."""
        return dict(sorted(self._tables.items()))
