"""Copies one slice of a table: a reader, a bounded queue, writers that commit in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pgsluice._core import Batch, Program
from pgsluice.errors import SluiceError
from pgsluice.pipeline.frame import Frame
from pgsluice.pipeline.jobs import first_failure
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.queue import ByteQueue
from pgsluice.pipeline.reader import BatchReader, ReadBatch
from pgsluice.pipeline.sessions import Sessions
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.source import SourceSide
from pgsluice.pipeline.turns import Turns
from pgsluice.pipeline.writer import BatchWriter
from pgsluice.plan.model import TablePlan
from pgsluice.state.checkpoints import SliceProgress
from pgsluice.strategies.copy_in import TargetTable


@dataclass(frozen=True)
class RunContext:
    """What all tables of a run share."""

    source: SourceSide
    sessions: Sessions
    ledger: Ledger
    settings: CopySettings
    observer: Observer
    # Told of every table whose rows are all there.
    table_done: Callable[[TablePlan], Awaitable[None]]


@dataclass(frozen=True)
class SliceContext:
    """What all slices of a table share. `is_stopped` is asked before each batch: another slice may have failed."""

    run: RunContext
    table: TablePlan
    target: TargetTable
    program: Program
    is_stopped: Callable[[], bool]
    # What the table puts around a batch, and what it is told of one that is committed.
    frame: Callable[[ReadBatch], Frame]
    on_batch: Callable[[ReadBatch, Batch], None]
    # The snapshot that the ranges of a table without a key belong to.
    generation: int | None


async def copy_slice(context: SliceContext, slice_: SliceProgress) -> None:
    """Copy what is left of a slice. Raises the first error that trying again did not mend."""
    run, settings = context.run, context.run.settings
    queue: ByteQueue[ReadBatch] = ByteQueue(settings.queue_bytes)
    turns = Turns(slice_.batches)
    reader = BatchReader(
        run.source,
        context.table,
        context.program,
        settings,
        retry_teller(run.observer, context.table, "source"),
        generation=context.generation,
    )
    writers = [
        BatchWriter(
            run.sessions,
            context.target,
            context.program,
            run.ledger,
            turns,
            settings,
            retry_teller(run.observer, context.table, "target"),
            slice_number=slice_.number,
        )
        for _ in range(settings.writers)
    ]
    failure: SluiceError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_read(context, slice_, reader, queue))
            for writer in writers:
                group.create_task(_write(context, writer, queue))
    except* SluiceError as failures:
        failure = first_failure(failures)
    finally:
        await asyncio.gather(reader.close(), *(writer.close() for writer in writers))
    if failure is not None:
        raise failure


async def _read(context: SliceContext, slice_: SliceProgress, reader: BatchReader, queue: ByteQueue[ReadBatch]) -> None:
    async for read in reader.batches(slice_):
        if context.is_stopped():
            break
        await queue.put(read, read.size_bytes)
    await queue.close()


async def _write(context: SliceContext, writer: BatchWriter, queue: ByteQueue[ReadBatch]) -> None:
    while (read := await queue.get()) is not None:
        batch = await writer.write(read, context.frame(read))
        context.on_batch(read, batch)


def retry_teller(observer: Observer, table: TablePlan, side: str) -> Callable[[int, BaseException], None]:
    """Tell the observer which table is tried again, on which side, and the SQLSTATE why."""

    def report(attempt: int, error: BaseException) -> None:
        sqlstate = getattr(error, "sqlstate", "")
        observer.event("retry", table=table.label, side=side, attempt=attempt, sqlstate=sqlstate)

    return report
