"""Owns how large and how often: full size for figures, small for a smoke test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Rows and runs of the workloads."""

    users: int = 1_000_000
    events: int = 4_000_000
    tables: int = 1_000
    pairs: int = 5
    memory_rows: int = 1_000_000
    memory_rows_large: int = 10_000_000
    memory_runs: int = 3
    mask_values: int = 1_000_000
    mask_runs: int = 5
    starts: int = 20
    # Of the Writer's benches. A run of theirs takes less than a second, and five of them differ by a half.
    rounds: int = 15
    upsert_table: int = 500_000
    upsert_rows: int = 50_000
    upsert_batches: tuple[int, ...] = (100, 1_000, 10_000, 100_000)
    quiet_batch: int = 10_000
    staged_batches: tuple[int, ...] = (10_000, 25_000, 100_000)
    tuples: int = 300_000
    flushes: int = 20
    writers: int = 16
    events_a_writer: int = 500


FULL = Scale()
QUICK = Scale(
    users=20_000,
    events=50_000,
    tables=20,
    pairs=1,
    memory_rows=20_000,
    memory_rows_large=100_000,
    memory_runs=1,
    mask_values=10_000,
    mask_runs=1,
    starts=3,
    rounds=1,
    upsert_table=20_000,
    upsert_rows=2_000,
    upsert_batches=(100, 1_000),
    quiet_batch=1_000,
    staged_batches=(1_000,),
    tuples=5_000,
    flushes=2,
    writers=4,
    events_a_writer=20,
)
