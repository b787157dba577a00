"""The arithmetic of bounds, without a server: expected values are a calendar's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile_names import NAMES
from pgsluice.config.partitions import Partitions
from pgsluice.errors import UsageError
from pgsluice.partitions.periods import NAME_BYTES_MAX, Axis, partition_name


def bounds_of(by: str | int, key_type: str, value: object) -> tuple[str, str, str]:
    axis = Axis(Partitions(by=by), key_type)
    period = axis.period(axis.place(value))
    assert period is not None
    return (period.suffix, *axis.bounds(period))


@pytest.mark.parametrize(
    ("by", "day", "suffix", "lower", "upper"),
    [
        ("day", date(2024, 2, 28), "p20240228", "2024-02-28", "2024-02-29"),
        ("day", date(2024, 2, 29), "p20240229", "2024-02-29", "2024-03-01"),
        ("day", date(2023, 2, 28), "p20230228", "2023-02-28", "2023-03-01"),
        ("day", date(2026, 12, 31), "p20261231", "2026-12-31", "2027-01-01"),
        ("month", date(2024, 2, 29), "p202402", "2024-02-01", "2024-03-01"),
        ("month", date(2026, 12, 31), "p202612", "2026-12-01", "2027-01-01"),
        ("year", date(2026, 12, 31), "p2026", "2026-01-01", "2027-01-01"),
        # The week of new year belongs to the year of its Thursday.
        ("week", date(2026, 12, 31), "p2026w53", "2026-12-28", "2027-01-04"),
        ("week", date(2027, 1, 3), "p2026w53", "2026-12-28", "2027-01-04"),
        ("week", date(2027, 1, 4), "p2027w01", "2027-01-04", "2027-01-11"),
        ("week", date(2024, 12, 30), "p2025w01", "2024-12-30", "2025-01-06"),
        ("week", date(2022, 1, 1), "p2021w52", "2021-12-27", "2022-01-03"),
        ("day", date(1, 1, 1), "p00010101", "0001-01-01", "0001-01-02"),
        ("day", date(9999, 12, 31), "p99991231", "9999-12-31", "10000-01-01"),
        ("week", date(9999, 12, 31), "p9999w52", "9999-12-27", "10000-01-03"),
        ("month", date(9999, 12, 31), "p999912", "9999-12-01", "10000-01-01"),
        ("year", date(9999, 12, 31), "p9999", "9999-01-01", "10000-01-01"),
    ],
)
def test_bounds_of_a_day_are_the_calendars(by: str, day: date, suffix: str, lower: str, upper: str) -> None:
    assert (suffix, f"'{lower}'", f"'{upper}'") == bounds_of(by, "date", day)


def test_bounds_of_timestamptz_are_in_utc() -> None:
    berlin_midnight = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))

    found = bounds_of("month", "timestamptz", berlin_midnight)

    assert found == ("p202606", "'2026-06-01 00:00:00+00'", "'2026-07-01 00:00:00+00'")


@pytest.mark.parametrize(
    ("zone", "by", "moment", "suffix", "lower", "upper"),
    [
        ("Europe/Berlin", "day", "2024-03-31 12:00", "p20240331", "2024-03-30 23:00:00", "2024-03-31 22:00:00"),
        ("Europe/Berlin", "day", "2024-10-27 12:00", "p20241027", "2024-10-26 22:00:00", "2024-10-27 23:00:00"),
        ("Europe/Berlin", "month", "2024-03-31 22:00", "p202404", "2024-03-31 22:00:00", "2024-04-30 22:00:00"),
        ("Europe/Berlin", "week", "2024-03-31 21:59", "p2024w13", "2024-03-24 23:00:00", "2024-03-31 22:00:00"),
        ("Asia/Kolkata", "year", "2023-12-31 18:30", "p2024", "2023-12-31 18:30:00", "2024-12-31 18:30:00"),
        # Clocks went from 00:00 to 01:00, and back from 00:00 to 23:00.
        ("America/Sao_Paulo", "day", "2018-11-04 03:00", "p20181104", "2018-11-04 03:00:00", "2018-11-05 02:00:00"),
        ("America/Sao_Paulo", "day", "2018-02-18 02:30", "p20180217", "2018-02-17 02:00:00", "2018-02-18 03:00:00"),
        # From 01:00 to 00:00: the day begins once.
        ("America/Havana", "day", "2024-11-03 05:30", "p20241103", "2024-11-03 04:00:00", "2024-11-04 05:00:00"),
        # There was no 30 December.
        ("Pacific/Apia", "day", "2011-12-30 09:59", "p20111229", "2011-12-29 10:00:00", "2011-12-30 10:00:00"),
        ("Pacific/Apia", "day", "2011-12-30 10:00", "p20111231", "2011-12-30 10:00:00", "2011-12-31 10:00:00"),
        ("America/New_York", "day", "9999-12-31 23:59", "p99991231", "9999-12-31 05:00:00", "10000-01-01 05:00:00"),
    ],
)
def test_bounds_of_a_zone_are_its_midnights(
    zone: str, by: str, moment: str, suffix: str, lower: str, upper: str
) -> None:
    axis = Axis(Partitions(by=by, zone=zone), "timestamptz")

    period = axis.period(axis.place(datetime.fromisoformat(f"{moment}+00:00")))

    assert period is not None
    assert (suffix, f"'{lower}+00'", f"'{upper}+00'") == (period.suffix, *axis.bounds(period))


@given(zone=st.timezone_keys(), by=st.sampled_from(["day", "week", "month", "year"]), moment=st.datetimes())
def test_periods_of_a_zone_have_their_moment_and_leave_no_gap(zone: str, by: str, moment: datetime) -> None:
    axis = Axis(Partitions(by=by, zone=zone), "timestamptz")
    place = axis.place(moment.replace(tzinfo=UTC))

    period = axis.period(place)

    # The first and the last hours that Python knows may be of a day that it does not.
    assert period is None or period.has(place)
    assert period is not None or moment.year in {1, 9999}
    following = list(islice(axis.after(period), 2)) if period else []
    assert all(left.upper == right.lower for left, right in zip([period, *following], following, strict=False) if left)


def test_bounds_of_timestamp_are_without_zone() -> None:
    last_moment = datetime(2026, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001 - the type has none

    assert bounds_of("year", "timestamp", last_moment) == ("p2026", "'2026-01-01 00:00:00'", "'2027-01-01 00:00:00'")


@pytest.mark.parametrize(
    ("key_type", "step", "value", "suffix", "lower", "upper"),
    [
        ("int4", 100, 0, "p0", "'0'", "'100'"),
        ("int4", 100, 99, "p0", "'0'", "'100'"),
        ("int4", 100, 100, "p100", "'100'", "'200'"),
        ("int4", 100, -1, "pm100", "'-100'", "'0'"),
        ("int4", 100, -100, "pm100", "'-100'", "'0'"),
        ("int4", 100, -101, "pm200", "'-200'", "'-100'"),
        ("int2", 10_000, 32_767, "p30000", "'30000'", "MAXVALUE"),
        ("int2", 10_000, -32_768, "pm40000", "MINVALUE", "'-30000'"),
        ("int2", 32_768, 5, "p0", "'0'", "MAXVALUE"),
        ("int2", 32_768, -5, "pm32768", "'-32768'", "'0'"),
        ("int8", 10**18, 2**63 - 1, f"p{9 * 10**18}", f"'{9 * 10**18}'", "MAXVALUE"),
    ],
)
def test_bounds_of_a_number_are_steps_from_zero(
    key_type: str, step: int, value: int, suffix: str, lower: str, upper: str
) -> None:
    assert (suffix, lower, upper) == bounds_of(step, key_type, value)


@pytest.mark.parametrize(("key_type", "value"), [("int2", 32_768), ("int4", 2**31), ("int8", -(2**63) - 1)])
def test_bounds_of_a_number_outside_of_its_type_are_none(key_type: str, value: int) -> None:
    assert Axis(Partitions(by=10), key_type).period(value) is None


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
@given(day=st.dates())
def test_periods_have_their_day_and_leave_no_gap(by: str, day: date) -> None:
    axis = Axis(Partitions(by=by), "date")
    place = axis.place(day)

    period = axis.period(place)

    assert period is not None
    assert period.has(place)
    following = list(islice(axis.after(period), 2))
    assert all(left.upper == right.lower for left, right in zip([period, *following], following, strict=False))


@given(step=st.integers(1, 2**40), value=st.integers(-(2**63), 2**63 - 1))
def test_steps_have_their_number_and_leave_no_gap(step: int, value: int) -> None:
    axis = Axis(Partitions(by=step), "int8")

    period = axis.period(value)

    assert period is not None
    assert period.has(value)
    assert [period.upper] == [
        following.lower for following in islice(axis.after(period), 1)
    ] or period.upper > 2**63 - 1


@pytest.mark.parametrize(
    ("key_type", "by", "value"),
    [
        ("int4", 10, "1"), ("int4", 10, True), ("int4", 10, 1.0), ("timestamptz", "day", date(2026, 1, 1)),
        ("timestamptz", "day", datetime(2026, 1, 1)), ("timestamp", "day", datetime(2026, 1, 1, tzinfo=UTC)),  # noqa: DTZ001
        ("date", "day", 5),
    ],
)  # fmt: skip
def test_place_of_another_type_is_refused_without_its_value(key_type: str, by: str | int, value: object) -> None:
    with pytest.raises(UsageError) as caught:
        Axis(Partitions(by=by), key_type).place(value)

    assert "2026" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("name", [*NAMES, "e" * 54, "e" * 55, "🐘" * 15])
def test_partition_name_fits_the_server_and_tells_tables_apart(name: str) -> None:
    found = partition_name(name, "p20261231")

    assert len(found.encode()) <= NAME_BYTES_MAX
    assert found.endswith("_p20261231")
    assert found != partition_name(name + "x", "p20261231")
    assert found != partition_name(name, "p20270101")


def test_partition_name_that_is_cut_keeps_whole_characters() -> None:
    # 63 bytes less "_", 8 digits and "_p2026": 48 bytes, 24 letters of two.
    assert partition_name("ü" * 31, "p2026").startswith("ü" * 24 + "_")


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "hour"}, {"by": 0}, {"by": -5}, {"by": True}, {"by": "day", "ahead": -1}, {"by": "day", "keep": -1},
        {"by": 10, "keep": timedelta(days=1)}, {"by": "day", "keep_distance": 5},
        {"by": 10, "keep": 1, "keep_distance": 5},
        {"by": "day", "keep": timedelta(days=-1)}, {"by": "day", "made_max": 0},
        {"by": 1, "zone": "UTC"}, {"by": "day", "zone": "Europe"}, {"by": "day", "zone": "../etc/passwd"},
        {"by": "day", "zone": "Nowhere"},
        {"by": 1, "ahead": 10**9}, {"by": "day", "ahead": 1000},
    ],
)  # fmt: skip
def test_declaration_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Partitions(**wrong)
