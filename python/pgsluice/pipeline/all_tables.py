"""Copies the tables of a plan, several at once, and writes down what became of each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pgsluice.driver import Connection
from pgsluice.errors import AuditError, RunLockedError, SluiceError
from pgsluice.pipeline.request import TableReport
from pgsluice.pipeline.table_copy import RunContext, TableCopy, first_failure
from pgsluice.plan.model import TablePlan
from pgsluice.points import reached
from pgsluice.state import runs
from pgsluice.state.checkpoints import TableProgress, TargetRewoundError

# Errors of the run, not of a table: after them nothing more may be written.
_RUN_ERRORS = (AuditError, RunLockedError, TargetRewoundError)


@dataclass(frozen=True)
class TableStart:
    """A table and how far an earlier process came with it."""

    table: TablePlan
    progress: TableProgress
    state: str


async def copy_tables(context: RunContext, tables: list[TableStart], *, jobs: int) -> list[TableReport]:
    """Copy what is left of each table, in their order; the errors of tables are in their reports.

    Raises a SluiceError where the run itself cannot go on: its audit record cannot be written, the target is gone,
    or another process has taken it over.
    """
    gate = asyncio.Semaphore(jobs)
    failure: SluiceError | None = None

    async def copy(start: TableStart) -> TableReport:
        async with gate:
            return await _copy_table(context, start)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(copy(start)) for start in tables]
    except* SluiceError as failures:
        failure = first_failure(failures)
    if failure is not None:
        raise failure
    return [task.result() for task in tasks]


async def _copy_table(context: RunContext, start: TableStart) -> TableReport:
    table, done = start.table, start.progress
    if not table.has_rows:
        if start.state != "done":
            await _record(context, table, "done", "table-done", {"rows": 0, "reason": "structure only"})
        return TableReport(table.label, "structure only", 0, table.format)
    if start.state == "done":
        return TableReport(table.label, "done", done.rows, table.format)
    context.observer.table_started(table.label, rows_done=done.rows, rows_estimate=table.relation.rows_estimate)
    copy = TableCopy(context, table, done)
    error: SluiceError | None = None
    try:
        facts: dict[str, object] = {"format": table.format, "reason": table.format_reason}
        reached("table-begins")
        await _record(context, table, "copying", "table-started", facts)
        await copy.run()
        reached("table-copied")
        await _record(context, table, "done", "table-done", {"rows": copy.rows})
        reached("table-done")
    except _RUN_ERRORS:
        raise
    except SluiceError as failed:
        error = failed.with_traceback(None)  # Its frames may hold the key of a row.
    if error is not None:
        code = {"code": error.code, "sqlstate": getattr(error, "sqlstate", "")}
        await _record(context, table, "failed", "table-failed", code)
    state = "failed" if error else "done"
    context.observer.table_finished(table.label, state=state)
    return TableReport(table.label, state, copy.rows, table.format, error)


async def _record(context: RunContext, table: TablePlan, state: str, event: str, facts: dict[str, object]) -> None:
    """Write a table's state and the record of it, in one transaction."""

    async def write(connection: Connection) -> None:
        await runs.set_table(
            connection,
            context.ledger.run_id,
            table.target_schema,
            table.target_table,
            state,
            context.source.generation,
        )

    await context.ledger.record(event, {"table": table.label, **facts}, write)
