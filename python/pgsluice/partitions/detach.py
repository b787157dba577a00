"""Takes partitions that are past their keep out of a table and leaves them as tables. Drops nothing."""

from __future__ import annotations

from dataclasses import dataclass

from pgsluice import points
from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError, UsageError, in_quotes
from pgsluice.partitions.lacking import axis_of, past_keep
from pgsluice.partitions.model import Partition, Partitioned
from pgsluice.partitions.partman import forbid_detach
from pgsluice.partitions.patience import DEFAULT_PATIENCE, Patience, is_race, set_lock_timeout, with_patience
from pgsluice.partitions.read import read_highest, read_partitioned
from pgsluice.partitions.refusal import PartitionsError

# Somebody else detached it, or has begun to: it is no partition (42P01), it is half detached (55000), or its row of
# the catalog went in between (XX000). Who looks again sees which.
_RACES = {"42P01", "55000", "XX000"}


@dataclass(frozen=True)
class Detached:
    """The partitions that are tables of their own now; on a dry run those that would be. The oldest first."""

    table: Partitioned
    partitions: tuple[Partition, ...]
    is_concurrent: bool


async def detach(
    connection: Connection,
    schema: str,
    name: str,
    declaration: Partitions,
    *,
    is_dry_run: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
) -> Detached:
    """Detach the partitions that are wholly older than what the declaration keeps; finish what was interrupted.

    Others read and write meanwhile; where there is a default partition the server knows only the way that locks the
    table, which is done with a short timeout and tried again. Rows stay where they are, in tables of the same names.
    What is detached stays so where a later one fails.
    Raises PartitionsError where foreign keys refer to the table or pg_partman keeps it, ServerError where a lock could
    not be had in time, UsageError in a transaction or without anything said of what stays.
    """
    if declaration.keeps_all:
        raise UsageError("cannot detach without knowing what stays: give keep or keep_distance (--keep)")
    table = await read_partitioned(connection, schema, name)
    axis = axis_of(table, declaration)
    forbid_detach(table)
    current = table.now if declaration.is_by_time else await read_highest(connection, table)
    past = past_keep(table, axis, current)
    begun = [partition for partition in table.partitions if partition.is_detaching]
    # One at a time can be half detached, so that one is finished first, past its keep or not.
    wanted = (*begun, *(partition for partition in past if not partition.is_detaching))
    is_concurrent = table.default is None
    if wanted and table.referenced_by:
        raise PartitionsError(
            f"cannot detach partitions of {table}: foreign keys refer to it",
            detail="\n".join(table.referenced_by),
            hint="Drop the foreign key, or keep all partitions.",
        )
    if not is_dry_run:
        if wanted and connection.is_in_transaction:
            raise UsageError(f"cannot detach partitions of {table} in a transaction")
        for partition in wanted:
            await _detach(connection, table, partition, patience)
            points.reached("partition-detached")
    return Detached(table, wanted, is_concurrent)


async def _detach(connection: Connection, table: Partitioned, partition: Partition, patience: Patience) -> None:
    async def attempt() -> None:
        seen = await read_partitioned(connection, table.schema, table.name)
        found = next((one for one in seen.partitions if one.label == partition.label), None)
        if found is None:  # Somebody else was faster, or our own try got through all the same.
            return
        if found.is_detaching:
            await _alter(connection, seen, found, "FINALIZE", patience)
        elif seen.default is None:
            await _alter(connection, seen, found, "CONCURRENTLY", patience)
        else:
            await _alter_locked(connection, seen, found, patience)

    try:
        await with_patience(attempt, patience, is_worth=_is_race)
    except ServerError as error:
        raise _half_done(table, partition, error) from error


def _is_race(error: ServerError) -> bool:
    return error.sqlstate in _RACES or is_race(error)


async def _alter(
    connection: Connection, table: Partitioned, partition: Partition, how: str, patience: Patience
) -> None:
    """Detach without a transaction; whoever still reads is waited for, and nobody waits for us."""
    doing = f"detaching partition {in_quotes(partition.label)} of {table}"
    before = await connection.fetch_value("SELECT current_setting('lock_timeout')", doing="asking for a timeout")
    await _set_session_timeout(connection, f"{patience.turn_timeout_ms}ms")
    try:
        await connection.define(_sql(table, partition, f" {how}"), doing=doing)
    finally:
        if not connection.is_closed:
            await _set_session_timeout(connection, before)


async def _alter_locked(connection: Connection, table: Partitioned, partition: Partition, patience: Patience) -> None:
    """Detach under the lock that keeps everybody out of the table for a moment."""
    async with connection.transaction():
        await set_lock_timeout(connection, patience.lock_timeout_ms)
        await connection.define(
            _sql(table, partition, ""), doing=f"detaching partition {in_quotes(partition.label)} of {table}"
        )


def _sql(table: Partitioned, partition: Partition, how: str) -> str:
    return (
        f"ALTER TABLE {qualified(table.schema, table.name)}"
        f" DETACH PARTITION {qualified(partition.schema, partition.name)}{how}"
    )


async def _set_session_timeout(connection: Connection, text: str) -> None:
    await connection.fetch("SELECT set_config('lock_timeout', $1, false)", text, doing="setting a timeout")


def _half_done(table: Partitioned, partition: Partition, error: ServerError) -> ServerError:
    return type(error)(
        f"could not detach partition {in_quotes(partition.label)} of {table}",
        sqlstate=error.sqlstate,
        detail=error.detail,
        hint="Somebody may still read it; the same command goes on from there.",
    )
