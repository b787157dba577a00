"""Reads rows by SELECT, a page after the last key of the one before: for sources that refuse COPY.

Never OFFSET, whose cost grows with the square. Every field comes as its type's send format, so the core is given
the same tuples as by COPY. A page is in memory as objects, so pages are small whatever was asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pgsluice._core import HEADER, TRAILER, RowKey, write_tuples
from pgsluice.driver import Connection
from pgsluice.sources.model import KeyRange, SourceTable
from pgsluice.sources.ranges import name_range, select_rows

PAGE_ROWS_MAX = 2_000


async def read_by_select(
    connection: Connection,
    table: SourceTable,
    rows: KeyRange,
    row_limit: int,
    sink: Callable[[bytes], Awaitable[None]],
) -> int:
    """Send the first rows of a range to `sink` as a COPY stream of our own making; give their count."""
    count = 0
    await sink(HEADER)
    while count < row_limit:
        wanted = min(PAGE_ROWS_MAX, row_limit - count)
        await name_range(connection, table.key, rows)
        sql = select_rows(table, rows, wanted, is_sent=True)
        page = await connection.fetch(sql, doing=f'reading table "{table.label}"')
        await sink(write_tuples([list(row) for row in page]))
        count += len(page)
        if len(page) < wanted:
            break
        rows = KeyRange(after=RowKey([page[-1][ordinal] for ordinal in table.key_ordinals]), until=rows.until)
    await sink(TRAILER)
    return count
