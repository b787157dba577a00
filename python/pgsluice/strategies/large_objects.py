"""Writes large objects under the OIDs that they have on the source, and takes them away again."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.driver import Connection


async def write_whole(connection: Connection, oids: Sequence[int], contents: Sequence[bytes]) -> None:
    """Make objects with their whole content in the open transaction; fails where one of them is there already."""
    await connection.fetch(
        "SELECT count(lo_from_bytea(w.oid, w.content)) FROM unnest($1::oid[], $2::bytea[]) AS w (oid, content)",
        list(oids),
        list(contents),
        doing="writing large objects",
    )


async def write_piece(connection: Connection, oid: int, offset: int, piece: bytes) -> None:
    """Put bytes into an object at an offset."""
    await connection.fetch("SELECT lo_put($1, $2, $3)", oid, offset, piece, doing="writing a large object")


async def present_oids(connection: Connection, oids: Sequence[int]) -> list[int]:
    """Give those of the OIDs that are large objects here."""
    rows = await connection.fetch(
        "SELECT oid FROM pg_largeobject_metadata WHERE oid = ANY ($1::oid[])",
        list(oids),
        doing="looking for large objects",
    )
    return [row["oid"] for row in rows]


async def unlink(connection: Connection, oids: Sequence[int]) -> None:
    """Take those of the objects away that are there; each is a lock until the end of the transaction."""
    await connection.fetch(
        "SELECT count(lo_unlink(m.oid)) FROM pg_largeobject_metadata AS m WHERE m.oid = ANY ($1::oid[])",
        list(oids),
        doing="taking large objects away",
    )
