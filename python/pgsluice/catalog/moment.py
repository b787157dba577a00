"""Owns what is said of a snapshot: the moment of the server that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Moment:
    """When a snapshot was taken, by the server's own clock and log; both are read just after it.

    A replica's log position is what it had replayed; `lsn` is None on one that has replayed nothing.
    """

    taken_at: datetime
    lsn: str | None
    timeline: int
    is_replica: bool
