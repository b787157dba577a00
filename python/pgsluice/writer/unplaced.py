"""Finds the rows that can have no partition: most often of a year with a digit too many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from pgsluice._core import Rows
from pgsluice.partitions.refusal import PartitionsError
from pgsluice.plan.writing import WritePlan
from pgsluice.writer.portion import Portion


async def unplaced_rows(plan: WritePlan, rows: Rows, make: Callable[[Sequence[Portion]], Awaitable[None]]) -> set[int]:
    """Make the partitions of rows; give the positions of those that can have none.

    Raises PartitionsError where that is so of all of them and their keys are not to blame: then the declaration does
    not fit the table.
    """
    refused: set[int] = set()
    waiting = [rows]
    while waiting:
        piece = waiting.pop()
        try:
            await make([Portion(plan, piece)])
        except PartitionsError as error:
            if len(refused) + 1 == rows.rows and not error.is_about_key:
                raise
            half = piece.rows // 2
            if half:
                waiting += [piece.slice(half, piece.rows), piece.slice(0, half)]
            else:
                refused.update(piece.positions)
    return refused
