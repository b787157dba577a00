"""Owns what a user says of rows that cannot be written: where they go, and how many are too many."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pgsluice.config.table_names import parse_table_name
from pgsluice.errors import UsageError

# A mapping that is wrong refuses every row; data with this many wrong rows in one flush is looked at first.
ROWS_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class Rejects:
    """Say where rows go that cannot be written, for tables with `on_error="reject"`.

        Rejects(table="public.rejects", rows_max=100)
        Rejects(file="rejects.jsonl", percent_max=5)

    `table` is schema.table, made where it is missing, on the same server: its records commit with the good rows.
    `file` gets a JSON line for each row, on disk before the good rows commit, readable by its owner alone. Both hold
    the rows' own values.

    Where one flush, or one batch with a cursor, has more than `rows_max` of them, or more than `percent_max` percent
    of its rows, RejectLimitError is raised and nothing of it is written.
    """

    table: str | None = None
    file: Path | str | None = None
    rows_max: int = ROWS_MAX
    percent_max: float | None = None

    def __post_init__(self) -> None:
        if (self.table is None) == (self.file is None):
            raise UsageError("rejects need one place: a table or a file", hint='Rejects(table="public.rejects")')
        if self.table is not None:
            parse_table_name(self.table)
        if self.rows_max < 0 or (self.percent_max is not None and not 0 <= self.percent_max <= 100):
            raise UsageError("limits of rejects: expected rows from 0 and percent from 0 to 100")

    @property
    def table_name(self) -> tuple[str, str] | None:
        """Schema and name of the table."""
        return None if self.table is None else parse_table_name(self.table)

    @property
    def path(self) -> Path | None:
        """The file."""
        return None if self.file is None else Path(os.fspath(self.file))
