"""Takes the sample that a forecast rests on: some rows of the largest tables, for about a second."""

from __future__ import annotations

import time
from dataclasses import replace

from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.errors import DataError, SluiceError
from pgsluice.pipeline.row_samples import RowSampler
from pgsluice.pipeline.settings import MIB
from pgsluice.plan.forecast import TableSample, from_last_run, from_sample
from pgsluice.plan.model import CopyPlan, TablePlan

# Whatever comes first ends the sample.
SAMPLE_SECONDS = 1.0
SAMPLE_BYTES = 32 * MIB
# Of one table: enough to be more than the start of a statement.
TABLE_BYTES = 4 * MIB
TABLE_ROWS_MAX = 50_000
# A source that lets nobody COPY, say, is not tried table by table.
FAILURES_MAX = 3
# Where nobody knows how wide rows are.
TABLE_ROWS_UNKNOWN = 1_000


async def with_forecast(plan: CopyPlan, source: Dsn, key: Key | None, *, jobs: int) -> CopyPlan:
    """Add a forecast: from the last run where that says enough, else from a sample. None where copy would refuse."""
    if plan.problems:
        return plan
    known = from_last_run(plan.tables, plan.last_run) if plan.changes is not None else None
    if known is not None:
        return replace(plan, forecast=known)
    samples, failed = await _sampled(plan, source, key)
    notes = tuple(
        f"{'copy will fail' if isinstance(error, DataError) else 'not sampled'}: {error.message}" for error in failed
    )
    return replace(plan, forecast=from_sample(plan.tables, samples, jobs=jobs), notes=plan.notes + notes)


async def _sampled(plan: CopyPlan, source: Dsn, key: Key | None) -> tuple[list[TableSample], list[SluiceError]]:
    wanted = [
        table
        for table in plan.tables
        if table.has_rows and table.relation.may_select and not table.relation.is_row_security_active
    ]
    sampler = RowSampler(source, key)
    samples: list[TableSample] = []
    failed: list[SluiceError] = []
    ends_at = time.monotonic() + SAMPLE_SECONDS
    left_bytes = SAMPLE_BYTES
    try:
        for table in sorted(wanted, key=lambda table: -table.relation.size_bytes):
            if time.monotonic() >= ends_at or left_bytes <= 0 or len(failed) >= FAILURES_MAX:
                break
            try:
                rows = await sampler.masked(table, _row_limit(table))
            except SluiceError as error:
                failed.append(error)
                continue
            left_bytes -= rows.size_bytes
            samples.append(
                TableSample(
                    table.label,
                    rows.batch.rows,
                    rows.size_bytes,
                    rows.read_seconds,
                    rows.mask_seconds,
                    is_whole=rows.is_whole,
                )
            )
    finally:
        await sampler.close()
    return samples, failed


def _row_limit(table: TablePlan) -> int:
    relation = table.relation
    if not relation.rows_estimate:
        return TABLE_ROWS_UNKNOWN
    row_bytes = max(relation.size_bytes / relation.rows_estimate, 1.0)
    return max(1, min(TABLE_ROWS_MAX, int(TABLE_BYTES / row_bytes)))
