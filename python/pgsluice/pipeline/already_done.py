"""Reports on a run that is done already, and says what of it has been lost since."""

from __future__ import annotations

from pgsluice.driver import Connection
from pgsluice.errors import in_quotes
from pgsluice.pipeline.begin import Begun
from pgsluice.pipeline.request import CopyReport, CopyRequest, TableReport
from pgsluice.pipeline.run_facts import audit_path
from pgsluice.state.snapshots import read_consistency
from pgsluice.state.unlogged import is_emptied


async def nothing_to_do(control: Connection, begun: Begun, request: CopyRequest) -> CopyReport:
    """Give the report of a run that had nothing left to write; nobody holds its snapshot any more."""
    consistency = await read_consistency(control, begun.run.run_id)
    return CopyReport(
        run_id=begun.run.run_id,
        tables=tuple(TableReport(table.label, "done", 0, table.format) for table in begun.plan.tables),
        is_resumed=True,
        was_already_done=True,
        consistency=consistency.released(),
        audit_file=audit_path(request, begun.run),
        notes=await _lost_since(control, begun),
    )


async def _lost_since(control: Connection, begun: Begun) -> tuple[str, ...]:
    """Say which tables have lost their rows since the run was done."""
    labels = [table.label for table in begun.plan.tables if table.is_unlogged and table.has_rows]
    if not labels or not await is_emptied(control, begun.run.run_id):
        return ()
    names = ", ".join(in_quotes(label) for label in labels)
    return (f"a crash of the target has emptied unlogged tables since the run was done: {names}",)
