"""Owns named positions: what of a stream of input is written, recorded in the rows' transaction by compare-and-set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pgsluice.driver import Connection
from pgsluice.errors import SluiceError, in_quotes

MOVE_PARAMETERS = 4
RECORD_PARAMETERS = 3


class CursorMovedError(SluiceError):
    """A cursor is not where a batch begins, or its range was written: by another, or before. Nothing was written."""

    code = "cursor-moved"


@dataclass(frozen=True)
class CursorState:
    """Where a cursor is, and what of a range is written."""

    # None while there were backfills only.
    position: int | None
    moved_by: str | None
    is_partly_written: bool
    is_written: bool


@cache
def cursor_sql(name: str) -> str:
    """The statement of cursor_<name>.sql, without the comment that it opens with."""
    text = files("pgsluice.state").joinpath(f"cursor_{name}.sql").read_text(encoding="utf-8")
    return text.partition("\n")[2].strip()


async def open_cursor(connection: Connection, name: str, start: int, end: int, *, is_live: bool) -> CursorState:
    """Give a cursor and what of a range is written; one that is missing is made, at `start` for live batches."""
    found = await read_cursor(connection, name, start, end)
    if found is None or (is_live and found.position is None):
        position = start if is_live else None
        await connection.execute(cursor_sql("open"), name, position, doing=f"making cursor {in_quotes(name)}")
        found = await read_cursor(connection, name, start, end)
    if found is None:
        raise CursorMovedError(f"cursor {in_quotes(name)} was taken away while it was made")
    return found


async def read_cursor(connection: Connection, name: str, start: int = 0, end: int = 0) -> CursorState | None:
    """Give a cursor as it is, with what is written of a range; None where there is none."""
    rows = await connection.fetch(cursor_sql("read"), name, start, end, doing=f"reading cursor {in_quotes(name)}")
    return next((CursorState(**row) for row in rows), None)


async def read_gaps(connection: Connection, name: str, start: int, end: int) -> list[tuple[int, int]]:
    """Give the ranges, without their ends, that are not written between two positions."""
    doing = f"reading the gaps of cursor {in_quotes(name)}"
    return [tuple(row) for row in await connection.fetch(cursor_sql("gaps"), name, start, end, doing=doing)]
