"""Makes the partitions that rows need and those ahead, from however many processes at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import UsageError
from pgsluice.partitions.drain import has_rows
from pgsluice.partitions.lacking import Wanted, axis_of, is_lacking, lacking, places
from pgsluice.partitions.make import Made, make_partition
from pgsluice.partitions.model import Partitioned
from pgsluice.partitions.partman import check_partman, forbid_drain_under_partman, make_by_partman
from pgsluice.partitions.patience import DEFAULT_PATIENCE, Patience, with_patience
from pgsluice.partitions.periods import Axis, Period
from pgsluice.partitions.read import read_highest, read_partitioned
from pgsluice.partitions.refusal import PartitionsError
from pgsluice.partitions.stuck import stuck_places

# Somebody else may make other partitions in between; after so many rounds something else is wrong.
ROUNDS_MAX = 3


@dataclass(frozen=True)
class Ensured:
    """The table as it is now, and what was made; on a dry run as it was, and what would be."""

    table: Partitioned
    made: tuple[Made, ...]


async def ensure(
    connection: Connection,
    schema: str,
    name: str,
    declaration: Partitions,
    *,
    values: Iterable[object] = (),
    between: tuple[object, object] | None = None,
    is_ahead: bool = True,
    is_draining: bool = False,
    is_dry_run: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
) -> Ensured:
    """Make the partitions that are missing: of keys of rows, of a whole range of keys, and with `is_ahead` those ahead.

    Without keys, `ahead` is counted from the server's clock, or from the highest number in the table; numbers that are
    given count from the highest of them. Rows of a new partition that are in the default one are moved; with
    `is_draining` those of every other range too. One transaction a partition, so what is made stays where a later one
    fails, and any number of processes may call at once. Where nothing is missing, one query is all.
    Raises PartitionsError where the table does not fit, NotAllowedError without the rights, ServerError where a lock
    could not be had in time, UsageError in a transaction that something would have to be made in.
    """
    table = await read_partitioned(connection, schema, name)
    axis = axis_of(table, declaration)
    if table.partman is not None:
        await check_partman(connection, table, table.partman, declaration)
    wanted = await _wanted(connection, table, axis, values, between, is_ahead=is_ahead)
    if is_draining and table.default is not None:
        forbid_drain_under_partman(table)
        wanted = replace(wanted, places=wanted.places | await stuck_places(connection, table, axis))
    missing = lacking(table, axis, wanted)
    if is_dry_run:
        return Ensured(table, tuple(_named(table, axis, period) for period in missing))
    made: list[Made] = []
    for _ in range(ROUNDS_MAX):
        if not missing:
            return Ensured(table, tuple(made))
        _forbid_transaction(connection, table)
        new = await _make(connection, table, axis, missing, patience)
        table = await read_partitioned(connection, schema, name)
        made += [_named(table, axis, period) for period in missing] if table.partman else new
        missing = lacking(table, axis, wanted)
    if not missing:
        return Ensured(table, tuple(made))
    raise PartitionsError(
        f"{table} still lacks {len(missing)} partitions after {ROUNDS_MAX} rounds",
        detail="Their names are taken by partitions of other ranges or tables, or somebody detaches them.",
    )


async def _wanted(
    connection: Connection,
    table: Partitioned,
    axis: Axis,
    values: Iterable[object],
    between: tuple[object, object] | None,
    *,
    is_ahead: bool,
) -> Wanted:
    found, has_null = places(axis, values)
    ranges = () if between is None else ((axis.end(between[0]), axis.end(between[1])),)
    if any(lowest > highest for lowest, highest in ranges):
        raise UsageError("cannot make partitions from a key to one before it: expected the lower key first")
    current: int | None = None
    if is_ahead and axis.declaration.is_by_time:
        current = table.now
    elif is_ahead:
        given = [*found, *(highest for _, highest in ranges)]
        current = max(given) if given else await read_highest(connection, table) or 0
    return Wanted(places=found, ranges=ranges, current=current, has_null=has_null)


async def _make(
    connection: Connection, table: Partitioned, axis: Axis, missing: list[Period], patience: Patience
) -> list[Made]:
    if table.partman is not None:
        zone = axis.declaration.zone
        for period in missing:
            if table.default is not None and await has_rows(connection, table, Made.of(table, axis, period)):
                forbid_drain_under_partman(table)
        await with_patience(lambda: make_by_partman(connection, table, zone, missing, patience), patience)
        return []
    found = [await _make_one(connection, table, axis, period, patience) for period in missing]
    return [one for one in found if one is not None]


def _named(table: Partitioned, axis: Axis, period: Period) -> Made:
    """Describe a partition by the name it has; pg_partman chooses its own."""
    made, there = Made.of(table, axis, period), table.covering(period.lower)
    if table.partman is None:
        return made
    return replace(made, name=there.name if there else f"{table.name} (named by pg_partman)")


async def _make_one(
    connection: Connection, table: Partitioned, axis: Axis, period: Period, patience: Patience
) -> Made | None:
    latest: Partitioned | None = table

    async def attempt() -> Made | None:
        nonlocal latest
        # After a race the table is looked at again: somebody may have made it, in this shape or another.
        seen = latest or await read_partitioned(connection, table.schema, table.name)
        latest = None
        if not is_lacking(seen, axis, period):
            return None
        return await make_partition(connection, seen, axis, period, patience)

    return await with_patience(attempt, patience)


def _forbid_transaction(connection: Connection, table: Partitioned) -> None:
    # Its locks would be held until the caller's commit, which others who make partitions would wait for.
    if connection.is_in_transaction:
        raise UsageError(
            f"cannot make partitions of {table} in a transaction",
            hint="Make them before the transaction begins, or on another connection.",
        )
