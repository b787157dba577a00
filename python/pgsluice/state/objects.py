"""Remembers which objects of the schema are made: each is written down in the transaction that makes it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from pgsluice.driver import Connection
from pgsluice.errors import RunLockedError


async def read_made(connection: Connection) -> set[str]:
    """Give the identities of all objects that were made on this target."""
    rows = await connection.fetch("SELECT identity FROM _pgsluice.made_object", doing="reading what is made")
    return {row["identity"] for row in rows}


async def mark_made(connection: Connection, run_id: uuid.UUID, fencing_token: int, identities: Sequence[str]) -> None:
    """Write down, in the open transaction, that it makes these objects.

    Raises RunLockedError if another process has taken the run over.
    """
    is_ours = await connection.fetch_value(
        """WITH fence AS (
               SELECT 1 FROM _pgsluice.run WHERE run_id = $1 AND fencing_token = $2 FOR SHARE
           ), made AS (
               INSERT INTO _pgsluice.made_object (identity) SELECT unnest($3::text[]) FROM fence
           )
           SELECT EXISTS (SELECT 1 FROM fence)""",
        run_id,
        fencing_token,
        list(identities),
        doing="writing down what is made",
    )
    if not is_ours:
        raise RunLockedError(
            "another process has taken this run over",
            detail="This one makes nothing any more.",
            hint='See "pgsluice status" for how far the run is.',
        )


async def forget_made(connection: Connection) -> None:
    """Take all of it back: the objects are gone, and will be made again."""
    await connection.execute("DELETE FROM _pgsluice.made_object", doing="forgetting what was made")
