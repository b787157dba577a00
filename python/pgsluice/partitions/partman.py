"""Has pg_partman make the partitions of a table that is under it; says where its configuration does not fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.driver.quoting import quoted
from pgsluice.errors import in_quotes
from pgsluice.partitions.model import Partitioned, PartmanConfig
from pgsluice.partitions.patience import Patience, take_turn
from pgsluice.partitions.periods import Period
from pgsluice.partitions.refusal import PartitionsError

# The intervals as pg_partman writes them; it says a week in days.
_INTERVALS = {"day": ("1 day",), "week": ("7 days", "1 week"), "month": ("1 mon",), "year": ("1 year",)}
_SAME = "SELECT CASE WHEN $1 ~ '^[0-9]+$' THEN $1 ELSE $1::interval::text END"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def check_partman(
    connection: Connection, table: Partitioned, config: PartmanConfig, declaration: Partitions
) -> None:
    """Raise PartitionsError where pg_partman would make other partitions than the declaration says."""
    found = await connection.fetch_value(_SAME, config.interval, doing="reading pg_partman's interval")
    by = declaration.by
    expected = _INTERVALS[by] if isinstance(by, str) else (str(by),)
    if found not in expected:
        raise PartitionsError(
            f"{table} is under pg_partman, whose interval is another one: expected {expected[0]}, found {found}",
            hint="Declare the partitions as pg_partman makes them, or take the table out of part_config.",
        )


async def make_by_partman(
    connection: Connection, table: Partitioned, zone: str | None, periods: list[Period], patience: Patience
) -> None:
    """Have pg_partman make the partitions of these ranges, all in one transaction, named by the zone's days."""
    config = table.partman
    if config is None:
        raise ValueError("the table is not under pg_partman")
    is_time = table.key_type in {"date", "timestamp", "timestamptz"}
    function = "create_partition_time" if is_time else "create_partition_id"
    array = "timestamptz[]" if is_time else "bigint[]"
    starts: list[object] = [
        _EPOCH + timedelta(microseconds=period.lower) if is_time else period.lower for period in periods
    ]
    async with connection.transaction():
        await take_turn(connection, table.oid, patience)
        if zone is not None:
            await connection.fetch("SELECT set_config('timezone', $1, true)", zone, doing="setting a time zone")
        await connection.fetch(
            f"SELECT {quoted(config.schema)}.{function}($1::text, $2::{array})",
            table.label,
            starts,
            doing=f"having pg_partman make partitions of {table}",
        )


def forbid_detach(table: Partitioned) -> None:
    """Raise PartitionsError where pg_partman decides what is detached."""
    if table.partman is not None:
        raise PartitionsError(
            f"{table} is under pg_partman, which detaches its partitions itself",
            hint=f"Set retention and retention_keep_table in {in_quotes(table.partman.schema)}.part_config.",
        )


def forbid_drain_under_partman(table: Partitioned) -> None:
    """Raise PartitionsError where pg_partman is the one to move rows out of the default partition."""
    if table.partman is not None:
        raise PartitionsError(
            f"{table} is under pg_partman, which moves rows out of the default partition itself",
            hint=f"CALL {table.partman.schema}.partition_data_proc(...).",
        )
