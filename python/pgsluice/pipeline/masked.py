"""Masks a batch that was read, and says what its checkpoint and its audit record hold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pgsluice._core import Batch, Program, RowFault
from pgsluice.errors import DataError
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.reader import ReadBatch
from pgsluice.state.audit import Event
from pgsluice.state.checkpoints import BATCH_EVENT, Checkpoint, associated_data
from pgsluice.strategies.copy_in import TargetTable

# Masking less takes a fraction of a millisecond, which is what handing it to a thread costs.
_INLINE_BYTES_MAX = 32 * 1024


@dataclass(frozen=True)
class MaskedBatch:
    """Rows as they are written, and what is written beside them."""

    batch: Batch
    checkpoint: Checkpoint
    event: Event


async def mask_batch(
    program: Program, ledger: Ledger, target: TargetTable, read: ReadBatch, *, slice_number: int
) -> MaskedBatch:
    """Mask a batch. Raises DataError naming the row by its place where one cannot be masked."""
    try:
        if read.size_bytes <= _INLINE_BYTES_MAX:
            batch = program.run(read.take())
        else:
            batch = await asyncio.to_thread(program.run, read.take())
    except RowFault as fault:
        row, column, reason = fault.args
    else:
        checkpoint = _checkpoint(ledger, target, read, batch, slice_number)
        facts: dict[str, object] = {
            "table": target.label,
            "slice": slice_number,
            "batch": checkpoint.batch_number,
            "snapshot": checkpoint.snapshot,
            "rows": checkpoint.row_count,
            "bytes": checkpoint.size_bytes,
            "digest": checkpoint.digest.hex(),
        }
        return MaskedBatch(batch, checkpoint, Event(BATCH_EVENT, facts))
    place = f', column "{column}"' if column else ""
    raise DataError(
        f'could not mask table "{target.label}"{place}: {reason}',
        detail=f"It is row {row + 1} of batch {read.number}. Nothing of the batch was written.",
        hint="Change the column's rule, or the rows on the source.",
    )


def _checkpoint(ledger: Ledger, target: TargetTable, read: ReadBatch, batch: Batch, slice_number: int) -> Checkpoint:
    digest = batch.sealed_digest(ledger.key)
    associated = associated_data(ledger.run_id, target.label, slice_number, read.number, batch.rows, digest)
    return Checkpoint(
        schema=target.schema,
        name=target.name,
        slice_number=slice_number,
        batch_number=read.number,
        snapshot=read.snapshot,
        last_key=read.last_key.seal(ledger.key, associated),
        row_count=batch.rows,
        size_bytes=batch.size_bytes,
        digest=digest,
    )
