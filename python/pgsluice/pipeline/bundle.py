"""Copies many small tables in one transaction: a commit of its own would cost each more than its rows do.

A bundle is all or nothing. Where one of its tables fails, or has more rows than a batch, nothing is decided here: the
tables are given back and copied one by one, each with its own retries and its own failure.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice._core import Program
from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, SluiceError
from pgsluice.pipeline import table_events
from pgsluice.pipeline.jobs import Jobs, first_failure
from pgsluice.pipeline.masked import MaskedBatch, mask_batch
from pgsluice.pipeline.queue import ByteQueue
from pgsluice.pipeline.reader import BatchReader, ReadBatch
from pgsluice.pipeline.slice_copy import RunContext, retry_teller
from pgsluice.pipeline.table_copy import RUN_ERRORS, TableCopy, TableStart
from pgsluice.points import reached
from pgsluice.state import runs
from pgsluice.state.audit import Event
from pgsluice.state.checkpoints import SliceProgress
from pgsluice.strategies.copy_in import write_by_copy

# A table of more gets a transaction of its own; about 2,000 narrow rows.
TABLE_BYTES_MAX = 256 * 1024
# What is lost and done again if the process is killed.
BUNDLE_BYTES_MAX = 4 * 1024 * 1024
# Each table of a transaction is a lock, and so is each of its indexes.
BUNDLE_TABLES_MAX = 100


def is_small(start: TableStart, *, batch_rows: int) -> bool:
    """Whether a table that was never begun is likely to fit one small batch."""
    relation = start.table.relation
    rows = relation.rows_estimate or 0
    is_new = start.state == "waiting" and start.error is None
    return is_new and relation.size_bytes <= TABLE_BYTES_MAX and rows < batch_rows


def bundles(copies: Sequence[TableCopy]) -> list[list[TableCopy]]:
    """Put small tables together, in their order."""
    found: list[list[TableCopy]] = []
    size_bytes = 0
    for copy in copies:
        size_bytes += copy.table.relation.size_bytes
        if not found or size_bytes > BUNDLE_BYTES_MAX or len(found[-1]) >= BUNDLE_TABLES_MAX:
            found.append([])
            size_bytes = copy.table.relation.size_bytes
        found[-1].append(copy)
    return found


@dataclass(frozen=True)
class _Written:
    """A table of the bundle; without a batch it has no rows."""

    copy: TableCopy
    masked: MaskedBatch | None

    @property
    def rows(self) -> int:
        return self.masked.checkpoint.row_count if self.masked else 0

    @property
    def events(self) -> list[Event]:
        table = self.copy.table
        if not table.has_rows:
            return [table_events.structure_only(table)]
        batch = [self.masked.event] if self.masked else []
        return [table_events.started(table), *batch, table_events.done(table, rows=self.rows)]


@dataclass(frozen=True)
class _Read:
    """A table of the bundle and its rows, if it has any."""

    copy: TableCopy
    program: Program | None = None
    batch: ReadBatch | None = None


class Bundle:
    """Tables that are copied together, or given back to be copied alone."""

    def __init__(self, context: RunContext, copies: Sequence[TableCopy], jobs: Jobs) -> None:
        self._context = context
        self._copies = copies
        self._jobs = jobs
        self._written: list[_Written] = []

    async def run(self) -> None:
        """Copy the tables, and hand out those that need a transaction of their own."""
        try:
            await self._copy()
            is_committed = bool(self._written)
        except RUN_ERRORS:
            raise
        except SluiceError:
            is_committed = False
        if not is_committed and self._written:
            is_committed = await self._has_committed()
        copied = {id(item.copy) for item in self._written} if is_committed else set()
        for item in self._written if is_committed else ():
            await item.copy.note_copied(item.rows, item.masked.checkpoint.size_bytes if item.masked else 0)
        await self._jobs.add_next([copy.run for copy in self._copies if id(copy) not in copied])

    async def _copy(self) -> None:
        """Copy as one transaction what fits into it."""
        sessions, generation = self._context.sessions, self._context.source.generation
        connection = await sessions.take()
        try:
            await connection.execute("BEGIN", doing="BEGIN")
            await self._write_all(connection)
            # Once for all tables: if their locks are held still, they were locked all the time.
            await self._context.source.confirm(generation, [item.copy.table.label for item in self._written])
            if self._written:
                await self._commit(connection)
        except ConnectionLostError:
            connection.terminate()
            await self._end_lost_session(connection)
            raise
        except SluiceError:
            await connection.rollback()
            raise
        except BaseException:
            connection.terminate()
            raise
        finally:
            await sessions.give_back(connection)

    async def _write_all(self, connection: Connection) -> None:
        """Read one table while the one before is written."""
        queue: ByteQueue[_Read] = ByteQueue(self._context.settings.queue_bytes)
        failure: SluiceError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_all(queue))
                while (found := await queue.get()) is not None:
                    self._written.append(await self._write(connection, found))
        except* SluiceError as failures:
            failure = first_failure(failures)
        if failure is not None:
            self._written.clear()
            raise failure

    async def _read_all(self, queue: ByteQueue[_Read]) -> None:
        for copy in self._copies:
            if not copy.table.has_rows:
                await queue.put(_Read(copy), 0)
                continue
            program = copy.program()
            teller = retry_teller(self._context.observer, copy.table, "source")
            reader = BatchReader(
                self._context.source,
                copy.table,
                program,
                self._context.settings,
                teller,
                generation=None,
                is_confirming=False,
            )
            batches = reader.batches(SliceProgress())
            try:
                read = await anext(batches, None)
            finally:
                await batches.aclose()
                await reader.close()
            if read is None or read.is_last:
                await queue.put(_Read(copy, program, read), read.size_bytes if read else 0)
        await queue.close()

    async def _write(self, connection: Connection, found: _Read) -> _Written:
        copy, read = found.copy, found.batch
        if read is None or found.program is None:
            return _Written(copy, None)
        reached("batch-begins")
        masked = await mask_batch(found.program, self._context.ledger, copy.target, read, slice_number=1)
        reached("batch-masked")
        await write_by_copy(connection, copy.target, masked.batch)
        reached("target-batch-counted")
        return _Written(copy, masked)

    async def _commit(self, connection: Connection) -> None:
        ledger, generation = self._context.ledger, self._context.source.generation
        for has_rows in (True, False):
            copies = [item.copy for item in self._written if item.copy.table.has_rows is has_rows]
            tables = [(copy.target.schema, copy.target.name) for copy in copies]
            await runs.set_tables(connection, ledger.run_id, tables, "done", generation if has_rows else None)
        events = [event for item in self._written for event in item.events]
        await ledger.commit(connection, events, [item.masked.checkpoint for item in self._written if item.masked])
        reached("batch-done")

    async def _has_committed(self) -> bool:
        """Ask the target whether the transaction is there: the answer to its COMMIT may have been lost."""
        ledger, sessions = self._context.ledger, self._context.sessions
        await ledger.settle()
        connection = await sessions.take()
        try:
            tables = await runs.read_tables(connection, ledger.run_id)
        finally:
            await sessions.give_back(connection)
        states = {(table.schema, table.name): table.state for table in tables}
        first = self._written[0].copy.target
        return states[first.schema, first.name] == "done"

    async def _end_lost_session(self, lost: Connection) -> None:
        """Make sure that the server leaves the session too: it may still hold locks on the tables."""
        with contextlib.suppress(SluiceError):  # Who copies the tables next says why.
            fresh = await self._context.sessions.take()
            try:
                await fresh.end_session(lost.server_pid)
            finally:
                await self._context.sessions.give_back(fresh)
