"""Copies one table from where it stopped: begins it, hands its slices out, ends it when the last of them is through."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from pgsluice._core import Batch, Program
from pgsluice.config.functions import load_function
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import AuditError, RunLockedError, SluiceError
from pgsluice.pipeline.jobs import Jobs
from pgsluice.pipeline.reader import SnapshotChangedError
from pgsluice.pipeline.request import TableReport
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.slice_copy import RunContext, SliceContext, copy_slice
from pgsluice.plan.model import TablePlan
from pgsluice.points import reached
from pgsluice.sources.bounds import key_ranges
from pgsluice.sources.model import KeyRange
from pgsluice.state import runs
from pgsluice.state.checkpoints import (
    RESTART_EVENT,
    START_EVENT,
    SliceProgress,
    TableProgress,
    TargetRewoundError,
    forget_table,
)
from pgsluice.state.slices import seal_slice, write_slices
from pgsluice.strategies.copy_in import TargetTable

# Errors of the run, not of a table: after them nothing more may be written.
_RUN_ERRORS = (AuditError, RunLockedError, TargetRewoundError)


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
        self._table = start.table
        self._progress = start.progress
        self._state = start.state
        self._jobs = jobs
        self._target = TargetTable(
            start.table.target_schema, start.table.target_table, start.table.target_columns, start.table.format
        )
        self._rows = start.progress.rows
        self._slices_left = 0
        self._error = start.error
        # Whether the rows of a table without a key lie at other places now.
        self._has_moved = False

    @property
    def report(self) -> TableReport:
        """Say what became of the table."""
        table = self._table
        if not table.has_rows and self._error is None:
            return TableReport(table.label, "structure only", 0, table.format)
        return TableReport(table.label, "failed" if self._error else "done", self._rows, table.format, self._error)

    async def run(self) -> None:
        """Begin the table, and copy it or hand its slices out. Raises only errors that end the run."""
        table, observer = self._table, self._context.observer
        if self._state == "done":
            await self._context.table_done(table)
            return
        if not table.has_rows and self._error is None:
            await self._record("done", "table-done", {"rows": 0, "reason": "structure only"})
            await self._context.table_done(table)
            return
        observer.table_started(table.label, rows_done=self._rows, rows_estimate=table.relation.rows_estimate)
        reached("table-begins")
        if self._error is not None or not await self._succeeds(self._begin):
            await self._end()

    async def _begin(self) -> None:
        if self._table.source.key.kind == "ctid" and self._progress.batches:
            # The places of the rows were those of a snapshot that went with its process.
            await self._start_again()
        slices, generation = await self._slices()
        key = self._context.ledger.key
        functions = {column: load_function(path) for column, path in self._table.functions.items()}
        context = SliceContext(
            run=self._context,
            table=self._table,
            target=self._target,
            program=Program(json.dumps(self._table.request), key, functions),
            is_stopped=lambda: self._has_moved or self._error is not None,
            on_batch=self._note_batch,
            generation=generation if self._table.source.key.kind == "ctid" else None,
        )
        self._slices_left = len(slices)
        pieces = [partial(self._copy, context, slice_) for slice_ in slices]
        if len(pieces) > 1:
            await self._jobs.add_next(pieces)
        else:
            await pieces[0]()

    async def _slices(self) -> tuple[tuple[SliceProgress, ...], int]:
        """Give the slices that the table was begun with, or cut it and begin it; and the snapshot that it is of."""
        slices, generation = self._progress.slices, self._context.source.generation
        ranges: list[KeyRange] = []
        if not slices and self._table.slices > 1:
            ranges, generation = await self._cut()
        if not slices:
            cuts = ranges or [KeyRange()]
            slices = tuple(SliceProgress(n, after=cut.after, until=cut.until) for n, cut in enumerate(cuts, start=1))
        ledger, target = self._context.ledger, self._target
        sealed = [
            seal_slice(ledger.key, ledger.run_id, target.label, number, (cut.after, cut.until))
            for number, cut in enumerate(ranges, start=1)
        ]

        async def write(connection: Connection) -> None:
            if len(sealed) > 1:
                await write_slices(connection, ledger.run_id, target.schema, target.name, sealed)

        facts = {"format": self._table.format, "reason": self._table.format_reason, "slices": len(slices)}
        await self._record("copying", START_EVENT, facts, write)
        return slices, generation

    async def _cut(self) -> tuple[list[KeyRange], int]:
        """Ask the source where to cut."""
        source, table = self._context.source, self._table

        async def attempt() -> tuple[list[KeyRange], int]:
            connection, generation = await source.connection()
            try:
                return await key_ranges(connection, table.source, table.slices), generation
            finally:
                await source.give_back(connection, generation)

        return await with_retries(attempt, self._context.settings.retry, lambda *_: None)

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
            await self._succeeds(lambda: self._record("done", "table-done", {"rows": self._rows}))
        if self._error is None:
            reached("table-done")
            await self._context.table_done(self._table)
        else:
            code = {"code": self._error.code, "sqlstate": getattr(self._error, "sqlstate", "")}
            await self._record("failed", "table-failed", code)
        self._context.observer.table_finished(self._table.label, state="failed" if self._error else "done")

    async def _succeeds(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do the work; keep the first error of the table, and let those of the run out."""
        failure: SluiceError | None = None
        try:
            await work()
        except _RUN_ERRORS:
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
        self._rows = 0

    def _note_batch(self, batch: Batch) -> None:
        self._rows += batch.rows
        self._context.observer.batch_committed(self._table.label, rows=batch.rows, size_bytes=batch.size_bytes)

    async def _record(
        self,
        state: str,
        event: str,
        facts: dict[str, object],
        also: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        """Write the table's state and the record of it, in one transaction."""
        context, target = self._context, self._target

        async def write(connection: Connection) -> None:
            await runs.set_table(
                connection, context.ledger.run_id, target.schema, target.name, state, context.source.generation
            )
            if also is not None:
                await also(connection)

        await context.ledger.record(event, {"table": self._table.label, **facts}, write)
