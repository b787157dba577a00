"""Reads large objects in the snapshot of a source: many small ones at once, large ones piece by piece.

Their bytes are in memory here as they are, and go nowhere but to the target: no rule can mask them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from pgsluice.driver import Connection

# The beginnings of so many objects come in one answer: 4 MiB at most.
PAGE_OBJECTS = 64
HEAD_BYTES = 64 * 1024
# What more of an object comes in pieces of. Larger ones gained nothing over a loopback.
PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, repr=False)
class Head:
    """The beginning of a large object, which may be all of it."""

    oid: int
    data: bytes

    @property
    def is_whole(self) -> bool:
        """Whether there is no more of it."""
        return len(self.data) < HEAD_BYTES


async def read_heads(connection: Connection, after: int) -> list[Head]:
    """Give the next objects behind an OID, in their order; fewer than a page where there are no more."""
    rows = await connection.fetch(
        """SELECT m.oid, lo_get(m.oid, 0, $2) AS data
             FROM (SELECT oid FROM pg_largeobject_metadata WHERE oid > $1 ORDER BY oid LIMIT $3) AS m
            ORDER BY m.oid""",
        after,
        HEAD_BYTES,
        PAGE_OBJECTS,
        doing="reading large objects",
    )
    return [Head(row["oid"], row["data"]) for row in rows]


async def read_rest(connection: Connection, head: Head) -> AsyncIterator[tuple[int, bytes]]:
    """Give what follows the head of an object: where each piece begins, and its bytes."""
    offset = len(head.data)
    while True:
        piece = await connection.fetch_value(
            "SELECT lo_get($1, $2, $3)", head.oid, offset, PIECE_BYTES, doing="reading a large object"
        )
        if piece:
            yield offset, piece
        offset += len(piece)
        if len(piece) < PIECE_BYTES:
            return


async def read_oids(connection: Connection, after: int, limit: int) -> list[int]:
    """Give the OIDs of the next objects behind one."""
    rows = await connection.fetch(
        "SELECT oid FROM pg_largeobject_metadata WHERE oid > $1 ORDER BY oid LIMIT $2",
        after,
        limit,
        doing="reading the list of large objects",
    )
    return [row["oid"] for row in rows]
