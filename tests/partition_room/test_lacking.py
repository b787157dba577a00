"""What is missing and what is past its keep, decided from facts; no server is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pgsluice.config.partitions import Partitions
from pgsluice.partitions.keeper import PartitionKeeper
from pgsluice.partitions.lacking import Wanted, axis_of, lacking, past_keep
from pgsluice.partitions.model import Partition, Partitioned
from pgsluice.partitions.refusal import PartitionsError

if TYPE_CHECKING:
    from collections.abc import Sequence

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
EMPTY = Partitioned(
    oid=1, schema="public", name="events", key="at", key_type="timestamptz", owner="o", is_owner=True,
    is_unlogged=False, replica_identity="d", tablespace=None, access_method=None, now=0, referenced_by=(), partman=None,
    partitions=(), default=None,
)  # fmt: skip
NUMBERS = replace(EMPTY, key_type="int8")


def place(moment: datetime) -> int:
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def with_ranges(table: Partitioned, ranges: Sequence[tuple[int | None, int | None]], **facts: bool) -> Partitioned:
    partitions = [Partition("public", f"p{number}", "r", *ends, **facts) for number, ends in enumerate(ranges)]
    return replace(table, partitions=tuple(partitions))


def missing(table: Partitioned, declaration: Partitions, wanted: Wanted) -> list[str]:
    return [period.suffix for period in lacking(table, axis_of(table, declaration), wanted)]


@pytest.mark.parametrize(
    ("by", "now", "expected"),
    [
        ("day", NEW_YEAR - TICK, ["p20261231", "p20270101"]),
        ("day", NEW_YEAR, ["p20270101", "p20270102"]),
        ("month", NEW_YEAR - TICK, ["p202612", "p202701"]),
        ("month", NEW_YEAR, ["p202701", "p202702"]),
        ("year", NEW_YEAR - TICK, ["p2026", "p2027"]),
        ("year", NEW_YEAR, ["p2027", "p2028"]),
        ("week", NEW_YEAR, ["p2026w53", "p2027w01"]),
        ("day", datetime(2024, 2, 28, 23, 59, tzinfo=UTC), ["p20240228", "p20240229"]),
        ("year", datetime(9999, 12, 31, tzinfo=UTC), ["p9999"]),
    ],
)
def test_horizon_at_the_edge_of_a_period(by: str, now: datetime, expected: list[str]) -> None:
    assert missing(EMPTY, Partitions(by=by, ahead=1), Wanted(current=place(now))) == expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], ["p0", "p10", "p20"]),
        ([(0, 10)], ["p10", "p20"]),
        ([(0, 30)], []),
        ([(0, 5), (5, 10), (10, 30)], []),
        ([(None, 10)], ["p10", "p20"]),
        ([(None, None)], []),
        ([(20, None)], ["p0", "p10"]),
        ([(-10, 0), (30, 40)], ["p0", "p10", "p20"]),
    ],
)
def test_ranges_that_are_covered_in_any_shape_lack_nothing(
    ranges: list[tuple[int | None, int | None]], expected: list[str]
) -> None:
    assert missing(with_ranges(NUMBERS, ranges), Partitions(by=10, ahead=2), Wanted(current=0)) == expected


@pytest.mark.parametrize("ranges", [[(5, 15)], [(0, 5)], [(9, 10)], [(None, 1)], [(3, 4), (6, 7)]])
def test_ranges_that_are_covered_in_part_are_refused(ranges: list[tuple[int | None, int | None]]) -> None:
    with pytest.raises(PartitionsError, match="overlaps the range from '0' to '10'"):
        missing(with_ranges(NUMBERS, ranges), Partitions(by=10, ahead=0), Wanted(current=0))


@pytest.mark.parametrize("wanted", [Wanted(places=frozenset({5})), Wanted(current=5), Wanted(ranges=((0, 9),))])
def test_partition_that_is_half_detached_counts_for_nothing(wanted: Wanted) -> None:
    table = with_ranges(NUMBERS, [(0, 10)], is_detaching=True)

    with pytest.raises(PartitionsError, match="is half detached"):
        missing(table, Partitions(by=10, ahead=0), wanted)


@pytest.mark.parametrize(
    ("declaration", "current", "expected"),
    [
        (Partitions(by=10, keep=0), 20, ["p0", "p1"]),
        (Partitions(by=10, keep=1), 29, ["p0"]),
        (Partitions(by=10, keep=2), 29, []),
        (Partitions(by=10, keep=10**6), 29, []),
        (Partitions(by=1, keep=10**9), 10**9 + 10, ["p0"]),
        (Partitions(by=10, keep_distance=0), 20, ["p0", "p1"]),
        (Partitions(by=10, keep_distance=1), 20, ["p0"]),
        (Partitions(by=10, keep=0), None, []),
        (Partitions(by=10), 20, []),
    ],
)
def test_past_its_keep_is_what_is_wholly_older(
    declaration: Partitions, current: int | None, expected: list[str]
) -> None:
    table = with_ranges(NUMBERS, [(None, 10), (10, 20), (20, 30), (30, None)])

    assert [found.name for found in past_keep(table, axis_of(table, declaration), current)] == expected


@pytest.mark.parametrize("keep", [5000, 10**12])
def test_keep_of_periods_before_the_first_year_keeps_all(keep: int) -> None:
    table = with_ranges(EMPTY, [(None, place(NEW_YEAR))])

    assert past_keep(table, axis_of(table, Partitions(by="year", keep=keep)), place(NEW_YEAR)) == []


def test_keeper_knows_what_it_has_read_until_the_next_period(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = PartitionKeeper("public", "events", Partitions(by="day", ahead=0))
    day = (place(NEW_YEAR), place(NEW_YEAR + timedelta(days=1)))
    keeper._known = replace(with_ranges(EMPTY, [day]), now=place(NEW_YEAR))
    clock = 0.0
    monkeypatch.setattr("time.monotonic", lambda: clock)

    at_midnight = keeper._has({NEW_YEAR}, is_ahead=True)
    clock = 86_399.0
    before_midnight = keeper._has({NEW_YEAR}, is_ahead=True)
    clock = 86_400.0
    after_midnight = keeper._has({NEW_YEAR}, is_ahead=True)

    assert (at_midnight, before_midnight, after_midnight) == (True, True, False)
