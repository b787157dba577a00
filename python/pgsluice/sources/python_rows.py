"""Brings a caller's rows in, in whatever shape they are: the encoder is told which of its three ways to take."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from pgsluice.errors import UsageError, in_quotes
from pgsluice.sources.given_rows import GivenRows, given_columns, given_rows, has_names

if TYPE_CHECKING:
    from pgsluice._core import RowEncoder, Rows

Fault = tuple[int, str | None, str]
# So many rows are encoded at a time: a few milliseconds, in which nothing else gets its turn and COPY streams stand
# still. What a generator makes is not held twice.
CHUNK_ROWS = 2_000
# Wide rows come in fewer: a writer looks at its bounds between chunks. How wide they are the first few tell.
CHUNK_BYTES = 1024 * 1024
FIRST_ROWS = 64


Keep = Callable[[], GivenRows]


def encode(
    encoder: RowEncoder, rows: Any, columns: Sequence[str], *, first: int
) -> Iterable[tuple[Rows, list[Fault], Keep]]:
    """Encode rows, numbered on from `first`; give them by chunks, with the rows that could not be.

    The last of the three keeps what was given, for those who must name it when it is refused.

    Rows are tuples or lists in the order of the columns, mappings, records or dataclasses by name, one mapping of whole
    columns, or an Arrow table or batch. Raises UsageError for anything else.
    """
    if isinstance(rows, Mapping):
        yield from _by_columns(encoder, rows, columns, first)
        return
    if hasattr(rows, "__arrow_c_stream__") or hasattr(rows, "__arrow_c_array__"):
        from pgsluice.sources.arrow import columns_of  # noqa: PLC0415 - pyarrow is an extra

        for batch in columns_of(rows):
            yield from _by_columns(encoder, batch, columns, first)
            first += len(next(iter(batch.values()), ()))
        return
    if not isinstance(rows, Iterable):
        raise UsageError(
            f"rows are of type {type(rows).__name__}, expected tuples, mappings, dataclasses, columns or Arrow",
            hint="An async generator is taken row by row: async for row in rows: await writer.write(table, [row])",
        )
    iterator = iter(rows)
    rows_max = FIRST_ROWS
    while True:
        chunk, failure = _next(iterator, rows_max)
        if chunk:
            encoded, faults = _encoded(encoder, chunk, first)
            yield encoded, faults, partial(given_rows, first, chunk)
            first += len(chunk)
            rows_max = _rows_max(encoded, rows_max)
        if failure is not None:
            raise failure
        if not chunk:
            return


def _next(iterator: Iterator[Any], rows_max: int) -> tuple[list[Any], Exception | None]:
    """Ask for some rows. Those that come before an error of the caller's generator are rows like any."""
    chunk: list[Any] = []
    try:
        chunk.extend(islice(iterator, rows_max))
    except Exception as error:  # noqa: BLE001 - it is raised behind the rows
        return chunk, error
    return chunk, None


def _rows_max(encoded: Rows, before: int) -> int:
    if encoded.rows == 0:
        return before
    return max(1, min(CHUNK_ROWS, CHUNK_BYTES * encoded.rows // (encoded.size_bytes or 1)))


def _by_columns(
    encoder: RowEncoder, given: Mapping[str, Any], columns: Sequence[str], first: int
) -> Iterable[tuple[Rows, list[Fault], Keep]]:
    """Encode whole columns; lists of them piece by piece, like rows."""
    values = _by_name(given, columns)
    count = len(values[0]) if values else 0
    start, rows_max = 0, FIRST_ROWS if all(isinstance(value, list | tuple) for value in values) else count
    while start < count:
        piece = [value[start : start + rows_max] for value in values] if rows_max < count else values
        encoded, faults = encoder.encode_columns(piece, first + start)
        yield encoded, faults, partial(given_columns, first + start, columns, piece)
        start += rows_max
        rows_max = _rows_max(encoded, rows_max)


def _encoded(encoder: RowEncoder, chunk: list[Any], first: int) -> tuple[Rows, list[Fault]]:
    """Encode rows that are all of the first one's shape."""
    sample = chunk[0]
    if has_names(sample):
        return encoder.encode_dicts(chunk, first)
    if dataclasses.is_dataclass(sample):
        return encoder.encode_objects(chunk, first)
    if isinstance(sample, str | bytes | bytearray):
        raise UsageError("a row is a string, expected a tuple, a mapping or a dataclass")
    return encoder.encode_tuples(chunk, first)


def _by_name(given: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    """Whole columns in the table's order. Raises UsageError unless they are those of the table, of one length."""
    missing = [name for name in columns if name not in given]
    extra = [str(name) for name in given if name not in columns]
    if missing or extra:
        wrong = [f"{in_quotes(name)} is missing" for name in missing]
        wrong += [f"{in_quotes(name)} is not of the table" for name in extra]
        raise UsageError(f"columns do not fit: {', '.join(wrong)}")
    values = [given[name] for name in columns]
    for name, value in zip(columns, values, strict=True):
        if not hasattr(value, "__len__") or isinstance(value, str | bytes | bytearray):
            raise UsageError(
                f"column {in_quotes(name)}: expected a list of its values, found an object of another type",
                hint="One row is a mapping in a list: await writer.write(table, [row])",
            )
    if len({len(value) for value in values}) > 1:
        raise UsageError(f"columns differ in length: {', '.join(str(len(value)) for value in values)}")
    return values
