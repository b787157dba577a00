"""Copies one table from where it stopped: begins it, hands its slices out, ends it when the last of them is through."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from pgsluice._core import Batch, Program
from pgsluice.config.functions import load_function
from pgsluice.driver import Connection
from pgsluice.errors import AuditError, RunLockedError, SluiceError
from pgsluice.pipeline import table_events
from pgsluice.pipeline.emptying import empty_tables
from pgsluice.pipeline.frame import Frame
from pgsluice.pipeline.jobs import Jobs
from pgsluice.pipeline.reader import ReadBatch, SnapshotChangedError
from pgsluice.pipeline.request import TableReport
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.slice_copy import RunContext, SliceContext, copy_slice
from pgsluice.plan.model import TablePlan
from pgsluice.points import reached
from pgsluice.sources.bounds import key_ranges
from pgsluice.sources.model import KeyRange
from pgsluice.state import runs
from pgsluice.state.audit import Event
from pgsluice.state.checkpoints import SliceProgress, TableProgress, TargetRewoundError, forget_table
from pgsluice.state.slices import StoredSlice, seal_slice, write_slices
from pgsluice.strategies.copy_in import TargetTable

# Errors of the run, not of a table: after them nothing more may be written.
RUN_ERRORS = (AuditError, RunLockedError, TargetRewoundError)


@dataclass(frozen=True)
class TableStart:
    """A table and how far an earlier process came with it."""

    table: TablePlan
    progress: TableProgress
    state: str
    # Why it cannot be copied.
    error: SluiceError | None = None


class TableCopy:
    """The copy of one table; `report` tells what became of it once all jobs are done."""

    def __init__(self, context: RunContext, start: TableStart, jobs: Jobs) -> None:
        self._context = context
        self.table = start.table
        self.target = TargetTable(
            start.table.target_schema, start.table.target_table, start.table.target_columns, start.table.format
        )
        self._progress = start.progress
        self._state = start.state
        self._jobs = jobs
        self._rows = start.progress.rows
        self._slices_left = 0
        self._is_whole = True
        self._error = start.error
        # Whether the rows of a table without a key lie at other places now.
        self._has_moved = False
        # Whether this process has recorded the table's begin and end.
        self._is_begun = False
        self._is_done = False
        self._began_at = 0.0

    @property
    def report(self) -> TableReport:
        """Say what became of the table."""
        table = self.table
        if not table.has_rows and self._error is None:
            return TableReport(table.label, "structure only", 0, table.format)
        return TableReport(table.label, "failed" if self._error else "done", self._rows, table.format, self._error)

    def program(self) -> Program:
        """Compile what happens to the table's rows."""
        functions = {column: load_function(path) for column, path in self.table.functions.items()}
        return Program(self.table.program_text, self._context.ledger.key, functions)

    async def note_copied(self, rows: int, size_bytes: int) -> None:
        """Take note that the whole table was copied by somebody else, who has recorded it."""
        label, observer = self.table.label, self._context.observer
        self._rows, self._state = rows, "done"
        if self.table.has_rows:
            observer.table_started(label, rows_done=0, rows_estimate=self.table.relation.rows_estimate)
            observer.batch_committed(label, rows=rows, size_bytes=size_bytes)
            observer.table_finished(label, state="done")
        await self._context.table_done(self.table)

    async def run(self) -> None:
        """Begin the table, and copy it or hand its slices out. Raises only errors that end the run."""
        table, observer = self.table, self._context.observer
        if self._state == "done":
            await self._context.table_done(table)
            return
        self._began_at = time.monotonic()
        if not table.has_rows and self._error is None:
            await self._record("done", [table_events.structure_only(table)])
            await self._context.table_done(table)
            return
        observer.table_started(table.label, rows_done=self._rows, rows_estimate=table.relation.rows_estimate)
        reached("table-begins")
        if self._error is not None or not await self._succeeds(self._begin):
            await self._end()

    async def _begin(self) -> None:
        is_of_others = self._progress.snapshots - {self._context.source.generation}
        if self.table.source.key.kind == "ctid" and is_of_others:
            # The places of the rows were those of a snapshot that is gone.
            await self._start_again()
        slices, generation = await self._slices()
        context = SliceContext(
            run=self._context,
            table=self.table,
            target=self.target,
            program=self.program(),
            is_stopped=lambda: self._has_moved or self._error is not None,
            frame=partial(self._frame, slices),
            on_batch=self._note_batch,
            generation=generation if self.table.source.key.kind == "ctid" else None,
        )
        self._slices_left, self._is_whole = len(slices), len(slices) == 1
        pieces = [partial(self._copy, context, slice_) for slice_ in slices]
        if len(pieces) > 1:
            await self._jobs.add_next(pieces)
        else:
            await pieces[0]()

    async def _slices(self) -> tuple[tuple[SliceProgress, ...], int]:
        """Give the slices that the table was begun with, or cut it; and the snapshot that they are of.

        What is cut is recorded before the first row. The begin of any other table is recorded with its first batch.
        """
        slices, generation = self._progress.slices, self._context.source.generation
        sealed: list[StoredSlice] = []
        if not slices and self.table.slices > 1:
            ranges, generation = await self._cut()
            slices = tuple(SliceProgress(n, after=cut.after, until=cut.until) for n, cut in enumerate(ranges, start=1))
            key, run_id = self._context.ledger.key, self._context.ledger.run_id
            sealed = [
                seal_slice(key, run_id, self.target.label, item.number, item.after, item.until) for item in slices
            ]
        slices = slices or (SliceProgress(),)
        if len(slices) > 1:
            write = partial(write_slices, self._context.ledger.run_id, self.target.schema, self.target.name, sealed)
            await self._record("copying", [table_events.started(self.table, slices=len(slices))], write)
            self._is_begun = True
        return slices, generation

    async def _cut(self) -> tuple[list[KeyRange], int]:
        """Ask the source where to cut."""
        source, table = self._context.source, self.table

        async def attempt() -> tuple[list[KeyRange], int]:
            connection, generation = await source.connection(is_new=True)
            try:
                return await key_ranges(connection, table.source, table.slices), generation
            finally:
                await source.give_back(connection, generation)

        return await with_retries(attempt, self._context.settings.retry, lambda *_: None)

    def _frame(self, slices: tuple[SliceProgress, ...], read: ReadBatch) -> Frame:
        """Say what is recorded with a batch: the begin and the end of a table that is in one piece."""
        if len(slices) > 1:
            return Frame()
        is_first = read.number == slices[0].batches + 1
        before = (table_events.started(self.table),) if is_first else ()
        after = (table_events.done(self.table, rows=read.rows_in_all),) if read.is_last else ()
        if not before and not after:
            return Frame()
        state = "done" if read.is_last else "copying"
        return Frame(before, after, self._state_writer(state), is_whole_table=read.number == 1 and read.is_last)

    async def _copy(self, context: SliceContext, slice_: SliceProgress) -> None:
        if not context.is_stopped():
            await self._succeeds(lambda: copy_slice(context, slice_))
        self._slices_left -= 1
        if self._slices_left == 0:
            await self._end()

    async def _end(self) -> None:
        """Say what became of the table, when nobody works on it any more."""
        if self._has_moved and self._error is None:
            self._has_moved = False
            if await self._succeeds(self._start_again) and await self._succeeds(self._begin):
                return
        if self._error is None:
            reached("table-copied")
            await self._succeeds(self._record_done)
        if self._error is None:
            reached("table-done")
            await self._context.table_done(self.table)
        else:
            await self._record("failed", [table_events.failed(self.table, self._error)])
        self._context.observer.table_finished(self.table.label, state="failed" if self._error else "done")

    async def _record_done(self) -> None:
        """Record the end where no last batch has done it."""
        if not self._is_done:
            begin = () if self._is_begun else (table_events.started(self.table),)
            await self._record("done", [*begin, table_events.done(self.table, rows=self._rows)])

    async def _succeeds(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do the work; keep the first error of the table, and let those of the run out."""
        failure: SluiceError | None = None
        try:
            await work()
        except RUN_ERRORS:
            raise
        except SnapshotChangedError:
            self._has_moved = True
        except SluiceError as failed:
            failure = failed.with_traceback(None)  # Its frames may hold the key of a row.
        else:
            return True
        if self._error is None:
            self._error = failure
        return False

    async def _start_again(self) -> None:
        """Take the table's rows, slices and checkpoints away, in one transaction."""
        context, target = self._context, self.target
        connection = await context.sessions.take()
        try:
            reached("table-restart-begins")
            await connection.execute("BEGIN", doing="BEGIN")
            await empty_tables(connection, [(target.schema, target.name)], doing=f'emptying table "{target.label}"')
            await forget_table(connection, context.ledger.run_id, target.schema, target.name)
            await context.ledger.commit(connection, [table_events.restarted(self.table)])
        except SluiceError:
            await connection.rollback()
            raise
        finally:
            await context.sessions.give_back(connection)
        reached("table-restarted")
        context.observer.event("table-restarted", table=target.label)
        self._progress = TableProgress()
        self._rows = 0
        self._is_begun = False

    def _note_batch(self, read: ReadBatch, batch: Batch) -> None:
        self._rows += batch.rows
        self._is_begun = True
        self._is_done = read.is_last and self._is_whole
        self._context.observer.batch_committed(self.table.label, rows=batch.rows, size_bytes=batch.size_bytes)

    async def _record(
        self, state: str, events: list[Event], also: Callable[[Connection], Awaitable[None]] | None = None
    ) -> None:
        """Write the table's state and the records of it, in one transaction."""
        set_state = self._state_writer(state)

        async def write(connection: Connection) -> None:
            await set_state(connection)
            if also is not None:
                await also(connection)

        await self._context.ledger.record(events, write)

    def _state_writer(self, state: str) -> Callable[[Connection], Awaitable[None]]:
        context, target = self._context, self.target
        seconds = time.monotonic() - self._began_at

        async def write(connection: Connection) -> None:
            generation = context.source.generation if self.table.has_rows else None
            tables = [(target.schema, target.name)]
            await runs.set_tables(connection, context.ledger.run_id, tables, state, generation, seconds=seconds)

        return write
