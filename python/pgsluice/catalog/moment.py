"""Owns what is said of a snapshot: the moment of the server that it shows, and the session that keeps it for others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.errors import NotAllowedError


@dataclass(frozen=True)
class Moment:
    """When a snapshot was taken, by the server's own clock and log; both are read just after it.

    A replica's log position is what it had replayed; `lsn` is None on one that has replayed nothing.
    """

    taken_at: datetime
    lsn: str | None
    timeline: int
    is_replica: bool


@dataclass(frozen=True)
class Holder:
    """A session of the source that keeps a snapshot, by names that are no secret.

    `virtual_transaction` is the server's name of its transaction: while that is there, so are the snapshot and its
    locks, and nobody else ever gets the name while the server runs.
    """

    snapshot_name: str
    pid: int
    virtual_transaction: str
    application_name: str
    # By the source's clock, as `until` is: when it ends by itself.
    since: datetime
    until: datetime


async def is_held(connection: Connection, holder: Holder) -> bool:
    """Ask the source whether the holder is still in its transaction; any role may."""
    found = await connection.fetch_value(
        statement("is_held"),
        holder.pid,
        holder.virtual_transaction,
        holder.since,
        doing="looking for the holder of the snapshot",
    )
    return bool(found)


async def end_holder(connection: Connection, holder: Holder) -> bool:
    """End the holder's session and wait until it is gone; tell whether it was there.

    Raises NotAllowedError where the role may not: it is another one's session.
    """
    if not await is_held(connection, holder):
        return False
    await connection.fetch(
        statement("end_holder"),
        holder.pid,
        holder.virtual_transaction,
        holder.application_name,
        doing="ending the holder of the snapshot",
    )
    if await is_held(connection, holder):
        raise NotAllowedError(
            f"the source does not allow ending session {holder.pid}, which holds the snapshot",
            hint="Do it as the role that made the copy, or with pg_terminate_backend() as a superuser.",
        )
    return True
