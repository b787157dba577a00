"""Opens the ranges of the source's key that a table's rows were copied in, one a committed batch."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice._core import Key, RowKey
from pgsluice.state.checkpoints import Checkpoint, associated_data
from pgsluice.state.slices import StoredSlice, open_slice


@dataclass(frozen=True, repr=False)
class CopiedRange:
    """The rows after one key up to another one, None for no bound, as they were when they were copied."""

    after: RowKey | None
    until: RowKey | None
    row_count: int
    # Sealed; None where there was no row.
    digest: bytes | None


def copied_ranges(
    key: Key, run_id: uuid.UUID, label: str, checkpoints: Sequence[Checkpoint], slices: Sequence[StoredSlice]
) -> list[CopiedRange] | None:
    """Give the ranges of a table that is done, in the order of its key; together they are every key there can be.

    None where a seal does not open: it was changed, or the key is another one.
    """
    bounds = {item.slice_number: open_slice(key, run_id, label, item) for item in slices} or {1: (None, None)}
    found = []
    for number, pair in bounds.items():
        if pair is None:
            return None
        after, until = pair
        for item in (item for item in checkpoints if item.slice_number == number):
            associated = associated_data(
                run_id, label, item.slice_number, item.batch_number, item.row_count, item.digest
            )
            last = RowKey.unseal(key, associated, item.last_key)
            if last is None:
                return None
            found.append(CopiedRange(after, last, item.row_count, item.digest))
            after = last
        # Behind the last batch nothing was there.
        found.append(CopiedRange(after, until, 0, None))
    return found
