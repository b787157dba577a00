"""Finds the ranges whose rows are in the default partition. Moves none."""

from __future__ import annotations

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.partitions.model import Partitioned
from pgsluice.partitions.periods import Axis


async def stuck_places(connection: Connection, table: Partitioned, axis: Axis) -> frozenset[int]:
    """Give the place of one key of each range that has rows in the default partition and can have a partition.

    Reads the default partition once. Rows without a key, and those outside of the axis, belong there; so do rows of a
    range that overlaps a partition of another shape, until somebody makes place for them.
    """
    default = table.default
    if default is None:
        return frozenset()
    group, place, condition = _expressions(table, axis)
    rows = await connection.fetch(
        f"SELECT {place} AS place FROM {qualified(default.schema, default.name)} WHERE {condition} GROUP BY {group}",  # noqa: S608 - quoted names
        doing=f"looking into the default partition of {table}",
    )
    found = {int(row["place"]) for row in rows}
    return frozenset(one for one in found if _is_free(table, axis, one))


def _expressions(table: Partitioned, axis: Axis) -> tuple[str, str, str]:
    """Give what tells ranges apart, what is a place in one, and which rows have one."""
    key, by = quoted(table.key), axis.declaration.by
    if not isinstance(by, str):
        return f"floor({key}::numeric / {by})", f"min({key})", f"{key} IS NOT NULL"
    is_zoned = table.key_type == "timestamptz"
    name = (axis.declaration.zone or "UTC").replace("'", "''")
    zone, ending = (f" AT TIME ZONE '{name}'", " 00:00:00+00") if is_zoned else ("::timestamp", "")
    return (
        f"date_trunc('{by}', {key}{zone})",
        f"(extract(epoch FROM min({key})) * 1000000)::numeric",
        # The years that Python knows; infinity is in none.
        f"{key} >= '0001-01-01{ending}' AND {key} < '10000-01-01{ending}'",
    )


def _is_free(table: Partitioned, axis: Axis, place: int) -> bool:
    period = axis.period(place)
    return period is not None and not table.meeting(period)
