"""Asks a replica how far its replay is."""

from __future__ import annotations

from pgsluice.catalog.model import Replay
from pgsluice.catalog.read import statement
from pgsluice.driver import Connection


async def read_replay(connection: Connection) -> Replay | None:
    """Give how far a replica is; None for a server that was promoted just now."""
    (row,) = await connection.fetch(statement("replay"), doing="reading how far the replica is")
    if row["is_paused"] is None:
        return None
    return Replay(**dict(row))
