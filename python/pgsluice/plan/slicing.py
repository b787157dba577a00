"""Decides into how many slices a table is cut, so that several jobs can read it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pgsluice.plan.model import TablePlan

# A slice of less is not worth its own start: it takes about half a second to copy.
SLICE_BYTES = 64 * 1024 * 1024
# Slices a job gets of all the bytes, if tables are large enough: the last to end leaves the others idle for a quarter
# of a job's share at most.
SLICES_PER_JOB = 4
# Cuts come from a sample of the key, and each slice is a row of the state.
SLICES_MAX = 256


def with_slices(tables: Iterable[TablePlan], *, jobs: int, slice_bytes: int) -> list[TablePlan]:
    """Say of each table into how many slices of `slice_bytes` or more it is cut.

    One job has nothing to gain: it reads every table whole, in the order of its key, and writes it in that order.
    """
    planned = list(tables)
    total_bytes = sum(table.relation.size_bytes for table in planned if table.has_rows)
    wanted_bytes = max(slice_bytes, total_bytes // (SLICES_PER_JOB * jobs))
    return [replace(table, slices=_slices(table, wanted_bytes) if jobs > 1 else 1) for table in planned]


def _slices(table: TablePlan, slice_bytes: int) -> int:
    if not table.has_rows:
        return 1
    return min(SLICES_MAX, max(1, round(table.relation.size_bytes / slice_bytes)))
