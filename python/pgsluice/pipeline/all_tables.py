"""Copies the tables of a plan, several at once."""

from __future__ import annotations

from pgsluice.pipeline.jobs import Jobs
from pgsluice.pipeline.request import TableReport
from pgsluice.pipeline.slice_copy import RunContext
from pgsluice.pipeline.table_copy import TableCopy, TableStart


async def copy_tables(context: RunContext, tables: list[TableStart], *, jobs: int) -> list[TableReport]:
    """Copy what is left of each table, in their order; the errors of tables are in their reports.

    Raises a SluiceError where the run itself cannot go on: its audit record cannot be written, the target is gone,
    or another process has taken it over.
    """
    work = Jobs()
    copies = [TableCopy(context, start, work) for start in tables]
    await work.run([copy.run for copy in copies], jobs=jobs)
    return [copy.report for copy in copies]
