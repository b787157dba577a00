"""Says how long a copy is going to take, as a range, from rows that were read and masked or from the last run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pgsluice.plan.model import TablePlan
from pgsluice.state.last_run import LastRun

# What a table takes whatever it holds: its session, statements, commits, indexes. Measured with a thousand tables of
# 20 rows each, on an idle machine and on a very busy one.
TABLE_SECONDS_MIN, TABLE_SECONDS_MAX = 0.005, 0.04
# The longer time gives writing and indexes twice what reading and masking take. Copies on one machine, where all four
# share its processors, took 1.3 to 2.5 times as long as reading and masking alone.
WRITING_FACTOR = 3.0
# The longer time also lets half of the jobs gain nothing: nobody asks here how many processors the servers have.
JOBS_FACTOR = 0.5
# Of fewer and smaller rows the time is that of a statement and says nothing of the next thousand.
RATE_ROWS_MIN, RATE_BYTES_MIN = 10, 1024 * 1024
# Two runs of the same copy differ by so much.
RUN_FACTOR_MIN, RUN_FACTOR_MAX = 0.8, 1.4
# A shorter run tells what starting costs, not what rows cost.
RUN_SECONDS_MIN = 5.0


@dataclass(frozen=True)
class TableSample:
    """Some rows of a table, read and masked; `size_bytes` as they travel."""

    label: str
    rows: int
    size_bytes: int
    read_seconds: float
    mask_seconds: float
    # Whether these are all the rows there are.
    is_whole: bool = False


@dataclass(frozen=True)
class Forecast:
    """How long a copy may take, and what that rests on."""

    seconds_min: float
    seconds_max: float
    basis: Literal["sample", "last run"]
    sampled_tables: int = 0
    sampled_rows: int = 0
    sampled_bytes: int = 0
    sampled_seconds: float = 0.0


def from_sample(tables: Sequence[TablePlan], samples: Sequence[TableSample], *, jobs: int) -> Forecast | None:
    """Forecast from the time that reading and masking took; None where too little was sampled for a rate."""
    found = [sample for sample in samples if sample.rows]
    if not found:
        return None
    filled = [table for table in tables if table.has_rows]
    work = _work_seconds(filled, found)
    if work is None:
        return None
    total = sum(work.values())
    # Slices of one table go side by side, other tables' rows fill what is left.
    longest = max((work[table.label] / table.slices for table in filled), default=0.0)
    slow_jobs = max(1.0, jobs * JOBS_FACTOR)
    return Forecast(
        seconds_min=max(total / jobs, longest) + TABLE_SECONDS_MIN * len(tables) / jobs,
        seconds_max=max(total / slow_jobs, longest) * WRITING_FACTOR + TABLE_SECONDS_MAX * len(tables) / slow_jobs,
        basis="sample",
        sampled_tables=len(found),
        sampled_rows=sum(sample.rows for sample in found),
        sampled_bytes=sum(sample.size_bytes for sample in found),
        sampled_seconds=sum(sample.read_seconds + sample.mask_seconds for sample in found),
    )


def from_last_run(tables: Iterable[TablePlan], last: LastRun | None) -> Forecast | None:
    """Forecast from the time that a whole run took from its beginning to its end; None where it says too little."""
    if last is None or last.state != "done" or last.finished_at is None or last.was_resumed:
        return None
    seconds = (last.finished_at - last.started_at).total_seconds()
    moved_bytes = sum(size_bytes for _, size_bytes in last.moved.values())
    if seconds < RUN_SECONDS_MIN or not moved_bytes:
        return None
    now_bytes = sum(_expected_bytes(table, last.moved) for table in tables if table.has_rows)
    expected = seconds * now_bytes / moved_bytes
    return Forecast(expected * RUN_FACTOR_MIN, expected * RUN_FACTOR_MAX, "last run")


def _work_seconds(tables: Sequence[TablePlan], samples: Sequence[TableSample]) -> dict[str, float] | None:
    """Seconds of reading and masking by table: a sampled one's own by its rows, others by their bytes on disk.

    None where there are others, and all samples together are no rate.
    """
    by_label = {table.label: table for table in tables}
    own: dict[str, float] = {}
    for sample in samples:
        rows = sample.rows if sample.is_whole else by_label[sample.label].relation.rows_estimate
        if rows is not None and (sample.is_whole or _is_rate([sample])):
            own[sample.label] = (sample.read_seconds + sample.mask_seconds) / sample.rows * max(rows, sample.rows)
    if not _is_rate(samples):
        return own if all(table.label in own for table in tables) else None
    sampled_bytes = sum(by_label[label].relation.size_bytes for label in own)
    if sampled_bytes:
        seconds_a_byte = sum(own.values()) / sampled_bytes
    else:
        seconds = sum(sample.read_seconds + sample.mask_seconds for sample in samples)
        seconds_a_byte = seconds / max(sum(sample.size_bytes for sample in samples), 1)
    return {table.label: own.get(table.label, table.relation.size_bytes * seconds_a_byte) for table in tables}


def _is_rate(samples: Sequence[TableSample]) -> bool:
    """Whether rows were more than what a statement takes without them."""
    rows, size_bytes = sum(sample.rows for sample in samples), sum(sample.size_bytes for sample in samples)
    return rows >= RATE_ROWS_MIN or size_bytes >= RATE_BYTES_MIN


def _expected_bytes(table: TablePlan, moved: Mapping[str, tuple[int, int]]) -> float:
    """Bytes to travel: as wide as the rows of the last run, as many as are there now."""
    rows, size_bytes = moved.get(table.label, (0, 0))
    now = table.relation.rows_estimate
    if rows and now is not None:
        return size_bytes / rows * now
    return size_bytes or table.relation.size_bytes
