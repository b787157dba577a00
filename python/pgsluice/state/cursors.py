"""Owns named positions: how far a stream of input is written, moved in the rows' transaction by compare-and-set."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from pgsluice.driver import Connection
from pgsluice.errors import SluiceError, in_quotes

MOVE = """
    UPDATE _pgsluice.cursor SET position = $3, moved_by = $4, moved_at = pg_catalog.clock_timestamp()
     WHERE name = $1 AND position = $2
    RETURNING 1
"""
MOVE_PARAMETERS = 4


class CursorMovedError(SluiceError):
    """A cursor is not where a batch begins: somebody else has written, or a range was skipped. Nothing was written."""

    code = "cursor-moved"


@dataclass(frozen=True)
class CursorState:
    """Where a cursor is."""

    name: str
    origin: int
    position: int
    moved_by: uuid.UUID | None


async def open_cursor(connection: Connection, name: str, start: int) -> CursorState:
    """Give a cursor, made at `start` where there is none."""
    await connection.execute(
        """INSERT INTO _pgsluice.cursor (name, origin, position, moved_at)
           VALUES ($1, $2, $2, pg_catalog.clock_timestamp()) ON CONFLICT (name) DO NOTHING""",
        name,
        start,
        doing=f"making cursor {in_quotes(name)}",
    )
    found = await read_cursor(connection, name)
    if found is None:
        raise CursorMovedError(f"cursor {in_quotes(name)} was taken away while it was made")
    return found


async def read_cursor(connection: Connection, name: str) -> CursorState | None:
    """Give a cursor as it is; None where there is none."""
    rows = await connection.fetch(
        "SELECT name, origin, position, moved_by FROM _pgsluice.cursor WHERE name = $1",
        name,
        doing=f"reading cursor {in_quotes(name)}",
    )
    return next((CursorState(row["name"], row["origin"], row["position"], row["moved_by"]) for row in rows), None)
