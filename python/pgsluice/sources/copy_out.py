"""Reads rows by COPY TO STDOUT: the fast way, and the usual one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pgsluice.driver import Connection
from pgsluice.sources.model import KeyRange, SourceTable
from pgsluice.sources.ranges import name_range, select_rows


async def read_by_copy(
    connection: Connection,
    table: SourceTable,
    rows: KeyRange,
    row_limit: int,
    sink: Callable[[bytes], Awaitable[None]],
) -> int:
    """Send a COPY stream of the first rows of a range to `sink`; give the count of the `COPY n` tag."""
    await name_range(connection, table.key, rows)
    query = select_rows(table, rows, row_limit)
    return await connection.copy_out(query, sink, doing=f'reading table "{table.label}"')
