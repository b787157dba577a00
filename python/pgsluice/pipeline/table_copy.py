"""Copies one table: a reader, a bounded queue, writers that commit in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from pgsluice._core import Program
from pgsluice.config.functions import load_function
from pgsluice.driver.quoting import qualified
from pgsluice.errors import SluiceError
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.queue import ByteQueue
from pgsluice.pipeline.reader import BatchReader, ReadBatch, SnapshotChangedError
from pgsluice.pipeline.sessions import Sessions
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.source import SourceSide
from pgsluice.pipeline.turns import Turns
from pgsluice.pipeline.writer import BatchWriter
from pgsluice.plan.model import TablePlan
from pgsluice.points import reached
from pgsluice.state.checkpoints import RESTART_EVENT, TableProgress, forget_table
from pgsluice.strategies.copy_in import TargetTable


@dataclass(frozen=True)
class RunContext:
    """What all tables of a run share."""

    source: SourceSide
    sessions: Sessions
    ledger: Ledger
    settings: CopySettings
    observer: Observer


class TableCopy:
    """The copy of one table from where it stopped to its end."""

    def __init__(self, context: RunContext, table: TablePlan, progress: TableProgress) -> None:
        self._context = context
        self._table = table
        self._progress = progress
        key = context.ledger.key
        functions = {column: load_function(path) for column, path in table.functions.items()}
        self._program = Program(json.dumps(table.request), key, functions)
        self._target = TargetTable(table.target_schema, table.target_table, table.target_columns, table.format)
        self.rows = progress.rows

    async def run(self) -> None:
        """Copy what is left. Raises the first error that trying again did not mend."""
        if self._table.source.key.kind == "ctid" and self._progress.batches:
            # The places of the rows were those of a snapshot that went with its process.
            await self._start_again()
        while True:
            try:
                await self._copy()
            except SnapshotChangedError:
                await self._start_again()
            else:
                return

    async def _copy(self) -> None:
        settings = self._context.settings
        queue: ByteQueue[ReadBatch] = ByteQueue(settings.queue_bytes)
        turns = Turns(self._progress.batches)
        reader = BatchReader(self._context.source, self._table, self._program, settings, self._on_retry("source"))
        writers = [
            BatchWriter(
                self._context.sessions,
                self._target,
                self._program,
                self._context.ledger,
                turns,
                settings,
                self._on_retry("target"),
            )
            for _ in range(settings.writers)
        ]
        failure: SluiceError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(reader, queue))
                for writer in writers:
                    group.create_task(self._write(writer, queue))
        except* SluiceError as failures:
            failure = first_failure(failures)
        finally:
            await asyncio.gather(reader.close(), *(writer.close() for writer in writers))
        if failure is not None:
            raise failure

    async def _read(self, reader: BatchReader, queue: ByteQueue[ReadBatch]) -> None:
        async for read in reader.batches(self._progress.after, self._progress.batches):
            await queue.put(read, read.size_bytes)
        await queue.close()

    async def _write(self, writer: BatchWriter, queue: ByteQueue[ReadBatch]) -> None:
        while (read := await queue.get()) is not None:
            batch = await writer.write(read)
            self.rows += batch.rows
            self._context.observer.batch_committed(self._table.label, rows=batch.rows, size_bytes=batch.size_bytes)

    async def _start_again(self) -> None:
        """Take the table's rows and checkpoints away, in one transaction."""
        context, target = self._context, self._target
        connection = await context.sessions.take()
        try:
            reached("table-restart-begins")
            await connection.execute("BEGIN", doing="BEGIN")
            await connection.execute(
                f"TRUNCATE ONLY {qualified(target.schema, target.name)}",
                doing=f'emptying table "{target.label}"',
            )
            await forget_table(connection, context.ledger.run_id, target.schema, target.name)
            await context.ledger.commit(connection, RESTART_EVENT, {"table": target.label})
        except SluiceError:
            await connection.rollback()
            raise
        finally:
            await context.sessions.give_back(connection)
        reached("table-restarted")
        context.observer.event("table-restarted", table=target.label)
        self._progress = TableProgress()
        self.rows = 0

    def _on_retry(self, side: str) -> Callable[[int, BaseException], None]:
        def report(attempt: int, error: BaseException) -> None:
            sqlstate = getattr(error, "sqlstate", "")
            self._context.observer.event(
                "retry", table=self._table.label, side=side, attempt=attempt, sqlstate=sqlstate
            )

        return report


def first_failure(failures: BaseExceptionGroup[SluiceError]) -> SluiceError:
    """The error that came first; those of tasks it stopped are of no interest."""
    first = failures.exceptions[0]
    found = first_failure(first) if isinstance(first, BaseExceptionGroup) else first
    found.__context__ = None
    return found
