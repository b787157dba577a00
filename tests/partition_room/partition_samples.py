"""Tables that are partitioned, and what a server says of their partitions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pgsluice.config.partitions import Partitions

if TYPE_CHECKING:
    from servers import Database

EVENTS = """
    CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, note text DEFAULT 'none',
                         size int GENERATED ALWAYS AS (length(note)) STORED, PRIMARY KEY (id, at))
        PARTITION BY RANGE (at);
    CREATE INDEX ON events (note);
"""
NUMBERS = "CREATE TABLE numbers (n {type} NOT NULL, note text) PARTITION BY RANGE (n)"
DEFAULT = "CREATE TABLE events_default PARTITION OF events DEFAULT"
NONE_AHEAD = Partitions(by="month", ahead=0)
# What the server itself says, in its own words.
BOUNDS = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = $1::text::regclass ORDER BY c.relname
"""


async def bounds(database: Database, table: str) -> dict[str, str]:
    """Name the partitions with their bounds as the server writes them, in UTC."""
    connection = await database.connect(server_settings={"timezone": "UTC"})
    try:
        return {row["relname"]: row["bound"] for row in await connection.fetch(BOUNDS, table)}
    finally:
        await connection.close()


def from_to(lower: str, upper: str) -> str:
    return f"FOR VALUES FROM ('{lower}') TO ('{upper}')"


def at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)
