"""Copies the tables of a plan, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from pgsluice.pipeline.bundle import Bundle, bundles, is_small
from pgsluice.pipeline.jobs import Jobs, Work
from pgsluice.pipeline.request import TableReport
from pgsluice.pipeline.slice_copy import RunContext
from pgsluice.pipeline.table_copy import TableCopy, TableStart


async def copy_tables(
    context: RunContext, tables: list[TableStart], *, jobs: int, first: Sequence[Work] = ()
) -> list[TableReport]:
    """Copy what is left of each table, in their order; the errors of tables are in their reports.

    `first` is other work that is done beside them, and begun before them.

    Raises a SluiceError where the run itself cannot go on: its audit record cannot be written, the target is gone,
    or another process has taken it over.
    """
    work = Jobs()
    copies = [TableCopy(context, start, work) for start in tables]
    pieces: list[Work] = [*first]
    for is_bundled, group in groupby(zip(copies, tables, strict=True), key=partial(_is_bundled, context)):
        found = [copy for copy, _ in group]
        if is_bundled and len(found) > 1:
            pieces += [Bundle(context, bundle, work).run for bundle in bundles(found)]
        else:
            pieces += [copy.run for copy in found]
    await work.run(pieces, jobs=jobs)
    return [copy.report for copy in copies]


def _is_bundled(context: RunContext, item: tuple[TableCopy, TableStart]) -> bool:
    return is_small(item[1], batch_rows=context.settings.batch_rows)
