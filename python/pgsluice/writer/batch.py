"""A batch that a cursor covers: rows of several tables that are written together with the cursor's move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pgsluice.writer.buffer import Buffer
from pgsluice.writer.flushed import Flushed


class Batch:
    """Collects rows until its block ends; made by `Writer.batch`. Nothing of it is written before."""

    def __init__(self, take: Callable[[Buffer, str, Any], int]) -> None:
        self._take = take
        self.buffer = Buffer()
        #: What was written; None until the block has ended.
        self.flushed: Flushed | None = None

    def write(self, table: str, rows: Any) -> int:
        """Add rows of a table, in any shape that `Writer.write` takes; give their count."""
        return self._take(self.buffer, table, rows)
