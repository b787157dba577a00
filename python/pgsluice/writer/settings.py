"""The numbers of a writer, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from pgsluice.driver import DEFAULT_DEADLINES, Deadlines
from pgsluice.pipeline.settings import MIB, RetrySettings


@dataclass(frozen=True, kw_only=True)
class WriterSettings:
    """When a writer flushes by itself, and how patient it is.

        Writer(dsn, tables, settings=WriterSettings(rows_max=1_000, age_s=0.2))

    It flushes once it holds `rows_max` rows or `bytes_max` bytes, or rows for longer than `age_s` seconds. While one
    flush is on its way the next one fills; a caller that is faster than the server waits in `write`. Where rows go by
    COPY, they fill up to `bytes_max` as long as `flights_max` flushes are on their way.
    """

    rows_max: int = 10_000
    bytes_max: int = 8 * MIB
    age_s: float = 1.0
    # Flushes side by side where rows go by COPY. The server takes longer for rows than their encoding does: one core
    # of it is full with one COPY.
    flights_max: int = 2
    # How often strategy staged adds up: a counter's row is updated once for all that came meanwhile.
    fold_s: float = 2.0
    # Batches with a cursor that are written side by side.
    sessions_max: int = 4
    # A deadlock or a lost connection is over in less than a copy's pauses, and somebody waits.
    retry: RetrySettings = field(default_factory=lambda: RetrySettings(retries=5, delay_ms=50, delay_ms_max=2_000))
    deadlines: Deadlines = DEFAULT_DEADLINES
