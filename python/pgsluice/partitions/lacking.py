"""Decides which partitions are missing, which are past their keep, and what forbids to make them. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from pgsluice.config.partitions import Partitions
from pgsluice.errors import in_quotes
from pgsluice.partitions.model import Partition, Partitioned, of_partition
from pgsluice.partitions.periods import Axis, Period
from pgsluice.partitions.refusal import PartitionsError, of_key

_SECOND_US = 1_000_000


@dataclass(frozen=True)
class Wanted:
    """What has to have a partition: places of keys of rows, whole ranges of keys, and the place to be ahead of."""

    places: frozenset[int] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()
    current: int | None = None
    has_null: bool = False


def axis_of(table: Partitioned, declaration: Partitions) -> Axis:
    """Give the axis of a table's key; raises PartitionsError where the declaration is of another kind of key."""
    is_time = table.key_type in {"date", "timestamp", "timestamptz"}
    if is_time != declaration.is_by_time:
        expected = "a unit of time" if is_time else "a number"
        raise PartitionsError(
            f"{table} is partitioned by column {in_quotes(table.key)} of type {table.key_type}: "
            f"expected by to be {expected}"
        )
    if declaration.zone and table.key_type != "timestamptz":
        raise PartitionsError(
            f"{table} is partitioned by column {in_quotes(table.key)} of type {table.key_type}: "
            "expected timestamptz where a zone is declared"
        )
    return Axis(declaration, table.key_type)


def lacking(table: Partitioned, axis: Axis, wanted: Wanted) -> list[Period]:
    """Give the ranges that have no partition yet, in order.

    A key that falls into a partition of any shape lacks none. Raises PartitionsError where a range overlaps a
    partition of another shape, where a key can have no partition, or where too many are missing.
    """
    found = {period for place in wanted.places if (period := _of_place(table, axis, place))}
    for lowest, highest in wanted.ranges:
        found |= _of_range(table, axis, lowest, highest, axis.declaration.made_max)
    if wanted.has_null and table.default is None:
        raise of_key(
            f"{table} has no partition for rows whose column {in_quotes(table.key)} is NULL",
            hint="Give the column a value, or make a default partition.",
        )
    if wanted.current is not None:
        period = axis.period(wanted.current)
        found |= {ahead for ahead in (axis.ahead(period) if period else ()) if not table.is_covered(ahead)}
    if len(found) > axis.declaration.made_max:
        raise _too_many(table, axis.declaration.made_max)
    missing = sorted(period for period in found if is_lacking(table, axis, period))
    if missing and table.is_cut_twice:
        raise PartitionsError(
            f"{table} lacks {len(missing)} partitions, and those that it has are partitioned themselves",
            detail="A partition that is made ahead would not be.",
            hint="Make them by hand, or by pg_partman; partitions of each of those that are there can be made ahead.",
        )
    return missing


def _of_place(table: Partitioned, axis: Axis, place: int) -> Period | None:
    covering = table.covering(place)
    if covering is not None:
        if covering.is_detaching:
            raise _detaching(table, covering)
        return None
    period = axis.period(place)
    if period is None and table.default is None:
        where = "the years 1 to 9999" if axis.declaration.is_by_time else f"type {table.key_type}"
        raise of_key(f"{table} cannot have a partition for a key outside of {where}")
    return period


def _of_range(table: Partitioned, axis: Axis, lowest: int, highest: int, count_max: int) -> set[Period]:
    found: set[Period] = set()
    period = axis.period(lowest)
    if period is None or axis.period(highest) is None:
        # One of the ends says why.
        ends = (_of_place(table, axis, place) for place in (lowest, highest))
        return {end for end in ends if end is not None}
    while period is not None and period.lower <= highest:
        if not table.is_covered(period):
            found.add(period)
        if len(found) > count_max:
            raise _too_many(table, count_max)
        period = axis.period(period.upper)
    return found


def is_lacking(table: Partitioned, axis: Axis, period: Period) -> bool:
    """Whether no partition has keys of a range; raises PartitionsError where one has some of them."""
    if table.is_covered(period):
        return False
    for partition in table.meeting(period):
        if partition.is_detaching:
            raise _detaching(table, partition)
        lower, upper = axis.bounds(period)
        raise PartitionsError(
            f"{of_partition(partition)} of {table} overlaps the range from {lower} to {upper} that lacks one",
            detail="Its bounds are not those of the declaration.",
            hint="Make a partition for the rest of that range by hand, or declare partitions as they are (by, zone).",
        )
    return True


def _detaching(table: Partitioned, partition: Partition) -> PartitionsError:
    return PartitionsError(
        f"{of_partition(partition)} of {table} is half detached and takes no rows",
        hint="Finish it: pgsluice partitions detach, or ALTER TABLE ... DETACH PARTITION ... FINALIZE.",
    )


def _too_many(table: Partitioned, count: int) -> PartitionsError:
    return PartitionsError(
        f"{table} lacks more than {count} partitions, which is what one call may make",
        hint="Look at the lowest and the highest key, or raise made_max (--made-max).",
    )


def past_keep(table: Partitioned, axis: Axis, current: int | None) -> list[Partition]:
    """Give the partitions that are wholly older than what the declaration keeps, the oldest first.

    `current` is the place of now, or of the highest number; without one nothing is past.
    """
    oldest = None if current is None else _oldest_kept(axis, current)
    if oldest is None:
        return []
    return [found for found in table.partitions if found.upper is not None and found.upper <= oldest]


def _oldest_kept(axis: Axis, current: int) -> int | None:
    keep, distance = axis.declaration.keep, axis.declaration.keep_distance
    if distance is not None:
        return current - distance
    if isinstance(keep, timedelta):
        return current - (keep.days * 86_400 + keep.seconds) * _SECOND_US - keep.microseconds
    period = axis.period(current)
    return None if keep is None or period is None else axis.back(period, keep)


def places(axis: Axis, values: Iterable[object]) -> tuple[frozenset[int], bool]:
    """Give the places of keys, and whether one of them is NULL."""
    distinct = set(values)
    return frozenset(axis.place(value) for value in distinct if value is not None), None in distinct
