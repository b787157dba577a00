"""Starts unlogged tables again whose rows a crash of the target has taken, and left their checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pgsluice.driver import Connection
from pgsluice.pipeline import table_events
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.table_copy import TableStart
from pgsluice.state.audit import Event
from pgsluice.state.checkpoints import TableProgress
from pgsluice.state.unlogged import begin_unlogged


async def record_start(
    ledger: Ledger, start: Event, tables: Sequence[TableStart], observer: Observer, *, is_emptied: bool
) -> list[TableStart]:
    """Record that the run begins or goes on, and give its tables as they are then.

    With `is_emptied` the same transaction takes back all that is known of unlogged tables.
    """
    if not is_emptied:
        await ledger.record([start])
        return list(tables)
    unlogged = [item.table for item in tables if item.table.is_unlogged]
    begun = [item.table for item in tables if item.table.is_unlogged and _is_begun(item)]
    names = [(table.target_schema, table.target_table) for table in begun]

    async def write(connection: Connection) -> None:
        await begin_unlogged(connection, ledger.run_id, names)

    await ledger.record([start, *(table_events.restarted(table) for table in begun)], write)
    for table in begun:
        observer.event("table-restarted", table=table.label, reason="a crash of the target emptied it")
    labels = {table.label for table in unlogged}
    return [
        replace(item, progress=TableProgress(), state="waiting") if item.table.label in labels else item
        for item in tables
    ]


def _is_begun(start: TableStart) -> bool:
    return start.state != "waiting" or bool(start.progress.slices)
