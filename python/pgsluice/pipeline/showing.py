"""Reads masked rows for people to look at, as text. Only what masks gave and what is kept comes out of here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pgsluice._core import Batch, Key
from pgsluice.driver import Dsn
from pgsluice.errors import SluiceError
from pgsluice.pipeline.row_samples import RowSampler
from pgsluice.plan.model import PlannedColumn, TablePlan
from pgsluice.plan.text_form import in_text_form

# Longer values are cut; nobody reads them on a screen.
VALUE_CHARS_MAX = 200
BYTEA_CHARS_MAX = 3 + 2 * 16
_CUT = "…"
_ESCAPE = re.compile(r"\\(.)")
# What text COPY writes behind a backslash; any other character stands for itself.
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True, repr=False)
class ShownTable:
    """The first rows of a table as the target would get them, None for NULL; or why they cannot be shown."""

    label: str
    columns: tuple[PlannedColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    error: SluiceError | None = None


async def show_rows(source: Dsn, key: Key, tables: Sequence[TablePlan], rows: int) -> list[ShownTable]:
    """Give the first rows of each table in the order of its key, masked; nothing is written anywhere."""
    sampler = RowSampler(source, key)
    try:
        return [await _shown(sampler, table, rows) for table in tables if table.has_rows]
    finally:
        await sampler.close()


async def _shown(sampler: RowSampler, table: TablePlan, rows: int) -> ShownTable:
    copied = tuple(item for item in table.columns if not item.decision.is_omitted)
    try:
        masked = await sampler.masked(in_text_form(table), rows)
    except SluiceError as error:
        return ShownTable(table.label, copied, (), error)
    return ShownTable(table.label, copied, tuple(_rows(masked.batch, copied)))


def _rows(batch: Batch, columns: Sequence[PlannedColumn]) -> Iterator[tuple[str | None, ...]]:
    """Take the lines of text COPY apart; tabs and newlines inside of values are escaped there."""
    text = b"".join(batch.piece(ordinal) for ordinal in range(batch.piece_count)).decode("utf-8", errors="replace")
    for line in text.split("\n")[:-1]:
        fields = line.split("\t") if columns else []
        yield tuple(_value(field, item) for field, item in zip(fields, columns, strict=True))


def _value(field: str, item: PlannedColumn) -> str | None:
    if field == "\\N":
        return None
    own = item.column.type
    if own.name == "bytea" and own.is_scalar and len(field) > BYTEA_CHARS_MAX:  # Two backslashes, x, two digits a byte.
        return f"{field[1:BYTEA_CHARS_MAX]}{_CUT} ({(len(field) - 3) // 2:,} bytes)"
    # Cut before it is unescaped: a value of a gigabyte is not gone through.
    found = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), field[: 2 * VALUE_CHARS_MAX + 2])
    return found if len(found) <= VALUE_CHARS_MAX else found[: VALUE_CHARS_MAX - 1] + _CUT
