"""Brings Arrow tables and batches in, through pyarrow: the extra `pgsluice[arrow]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pgsluice.errors import UsageError, in_quotes

# Values become Python's own on their way, so a large table is taken in pieces.
BATCH_ROWS = 10_000
BATCH_BYTES = 8 * 1024 * 1024


def columns_of(given: Any) -> Iterator[dict[str, list[Any]]]:
    """Give the columns of anything that speaks Arrow's C interface (pyarrow, polars, duckdb, arro3), piece by piece.

    Raises UsageError where pyarrow is missing, two columns have one name, a timestamp is finer than the microseconds
    that PostgreSQL keeps, or Python has no object for a value.
    """
    try:
        pa: Any = import_module("pyarrow")
    except ImportError:
        pa = None
    if pa is None:
        raise UsageError("Arrow rows need pyarrow, which is not installed", hint="pip install 'pgsluice[arrow]'")
    if hasattr(given, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(given)
        for batch in reader:
            yield from _pieces(batch, pa)
    else:
        yield from _pieces(pa.record_batch(given), pa)


def _pieces(batch: Any, pa: Any) -> Iterator[dict[str, list[Any]]]:
    repeated = [name for name, count in Counter(batch.schema.names).items() if count > 1]
    if repeated:
        raise UsageError(f"columns of one name: {', '.join(map(in_quotes, repeated))}")
    rows_max = max(1, min(BATCH_ROWS, BATCH_BYTES * batch.num_rows // (batch.nbytes or 1)))
    for start in range(0, batch.num_rows, rows_max):
        piece = batch.slice(start, rows_max)
        yield {name: _values(piece.column(name), name, pa) for name in piece.schema.names}


def _values(column: Any, name: str, pa: Any) -> list[Any]:
    """Python's values of a column; nanoseconds only where they are whole microseconds."""
    kind = column.type
    is_nanos = (
        pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind)
    ) and kind.unit == "ns"
    if is_nanos:
        if pa.types.is_timestamp(kind):
            wanted = pa.timestamp("us", kind.tz)
        else:
            wanted = pa.time64("us") if pa.types.is_time(kind) else pa.duration("us")
        try:
            column = column.cast(wanted, safe=True)
            is_whole = True
        except pa.ArrowInvalid:
            is_whole = False
        if not is_whole:
            raise UsageError(
                f'column "{name}": nanoseconds that are no whole microseconds',
                hint="PostgreSQL keeps microseconds: round them first.",
            )
    try:
        values = list(column.to_pylist())
    except Exception:  # noqa: BLE001 - of many types, and their texts hold values
        values = None
    if values is None:
        raise UsageError(
            f"column {in_quotes(name)}: a value that Python has no object for",
            hint="Dates and times are from the years 1 to 9999, in zones that are known, without single nanoseconds.",
        )
    return values
