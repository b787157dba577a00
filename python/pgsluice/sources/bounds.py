"""Cuts a large table into ranges of its key that hold about as many rows each, so that several can be read at once.

Cuts need not be exact, and rows that come later fall into one of the ranges all the same: together they are every
key there can be.
"""

from __future__ import annotations

import struct

from pgsluice._core import RowKey
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.sources.model import KeyRange, SourceTable
from pgsluice.sources.ranges import sent_field

# Pages that a sample reads for each slice: cuts are off by about 2 % of the table's rows, and 50 slices of a table of
# terabytes still cost a few seconds.
SAMPLED_PAGES_PER_SLICE = 500
# The highest line pointer that a tid can name (itemid.h, MaxOffsetNumber is lower).
_LAST_OFFSET = 65_535


async def key_ranges(connection: Connection, table: SourceTable, slices: int) -> list[KeyRange]:
    """Give at most `slices` ranges in the order of the key; all rows are in exactly one of them.

    Fewer come back where a table has too few rows or pages to tell that many cuts apart.
    """
    if slices <= 1:
        return [KeyRange()]
    cut = _cut_pages if table.key.kind == "ctid" else _cut_keys
    cuts = await cut(connection, table, slices)
    return [KeyRange(after, until) for after, until in zip([None, *cuts], [*cuts, None], strict=True)]


async def _cut_pages(connection: Connection, table: SourceTable, slices: int) -> list[RowKey]:
    """Cut a table without a key by its pages.

    | offset | bytes | meaning of a tid               |
    |--------|-------|--------------------------------|
    | 0      | 4     | page number                    |
    | 4      | 2     | number of the line pointer     |

    SOURCE: PostgreSQL 18, `src/backend/utils/adt/tid.c`, `tidsend`.
    """
    pages = await _pages(connection, table)
    ends = sorted({pages * number // slices for number in range(1, slices)} - {0})
    return [RowKey([struct.pack(">IH", end - 1, _LAST_OFFSET)]) for end in ends]


async def _cut_keys(connection: Connection, table: SourceTable, slices: int) -> list[RowKey]:
    """Cut by the keys of a sample of pages: exact enough, whatever the type and however the keys lie."""
    pages = max(1, await _pages(connection, table))
    percent = min(100.0, 100.0 * SAMPLED_PAGES_PER_SLICE * slices / pages)
    names = [quoted(name) for name in table.key.columns]
    sent = ", ".join(sent_field(f"s.{name}") for name in names)
    # The last row of each of `slices` groups of the sample, but for the last group.
    sql = f"""
        SELECT {sent} FROM (
            SELECT {", ".join(f"t.{name}" for name in names)},
                   row_number() OVER (ORDER BY {", ".join(f"t.{name}" for name in names)}) AS place,
                   count(*) OVER () / $1::int8 AS group_rows
              FROM ONLY {qualified(table.schema, table.name)} AS t TABLESAMPLE SYSTEM ($2::float4)
        ) AS s
         WHERE s.group_rows > 1 AND s.place % s.group_rows = 0 AND s.place / s.group_rows < $1
         ORDER BY s.place"""  # noqa: S608 - all names are quoted
    rows = await connection.fetch(sql, slices, percent, doing=f'cutting table "{table.label}" into slices')
    return [RowKey(list(row)) for row in rows]


async def _pages(connection: Connection, table: SourceTable) -> int:
    """Ask for the pages that a table's rows take now."""
    pages = await connection.fetch_value(
        "SELECT pg_relation_size(to_regclass($1)) / current_setting('block_size')::int8",
        qualified(table.schema, table.name),
        doing=f'reading the size of table "{table.label}"',
    )
    return int(pages)
