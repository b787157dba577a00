"""What the audit chain tells of a table: that it was begun, done or failed."""

from __future__ import annotations

from pgsluice.errors import SluiceError
from pgsluice.plan.model import TablePlan
from pgsluice.state.audit import Event
from pgsluice.state.checkpoints import RESTART_EVENT, START_EVENT


def started(table: TablePlan, *, slices: int = 1) -> Event:
    """Say in which form a table is copied, and in how many slices."""
    facts = {"table": table.label, "format": table.format, "reason": table.format_reason, "slices": slices}
    return Event(START_EVENT, facts)


def done(table: TablePlan, *, rows: int) -> Event:
    """Say that all rows of a table are there."""
    return Event("table-done", {"table": table.label, "rows": rows})


def structure_only(table: TablePlan) -> Event:
    """Say that a table has no rows because the rules want none."""
    return Event("table-done", {"table": table.label, "rows": 0, "reason": "structure only"})


def failed(table: TablePlan, error: SluiceError) -> Event:
    """Say that a table could not be copied, by codes alone."""
    facts = {"table": table.label, "code": error.code, "sqlstate": getattr(error, "sqlstate", "")}
    return Event("table-failed", facts)


def restarted(table: TablePlan) -> Event:
    """Say that the rows of a table were taken away, to be copied again."""
    return Event(RESTART_EVENT, {"table": table.label})
