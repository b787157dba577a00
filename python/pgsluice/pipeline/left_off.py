"""Reads where earlier processes of a run left off, and refuses what was changed by hand since."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from pgsluice._core import Key
from pgsluice.driver import Connection
from pgsluice.pipeline.table_copy import TableStart
from pgsluice.plan.model import TablePlan
from pgsluice.state import runs
from pgsluice.state.audit import AuditRecord, read_chain, verify_chain
from pgsluice.state.checkpoints import check_against_audit, progress, read_checkpoints
from pgsluice.state.slices import read_slices


async def read_left_off(
    control: Connection, run_id: uuid.UUID, key: Key, tables: Iterable[TablePlan]
) -> tuple[list[TableStart], list[AuditRecord]]:
    """Give how far each table came, in the order of `tables`, and the run's audit records.

    Raises AuditChainError or ResumeRefusedError where they do not hold or do not agree.
    """
    records = await read_chain(control, run_id)
    verify_chain(records, key)
    checkpoints = await read_checkpoints(control, run_id)
    slices = await read_slices(control, run_id)
    check_against_audit(checkpoints, slices, records)
    states = {table.label: table.state for table in await runs.read_tables(control, run_id)}
    starts = []
    for table in tables:
        label = table.label
        came = progress(key, run_id, label, checkpoints.get(label, []), slices.get(label, []))
        starts.append(TableStart(table, came, states[label]))
    return starts, records
