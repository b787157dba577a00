"""Rows find their partition: a writer makes it before it sends them, and what comes after it ahead of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice.config.partitions import Partitions
from pgsluice.errors import PlanRefusedError, ServerError, SluiceError
from pgsluice.partitions import keeper
from pgsluice.partitions.patience import Patience
from pgsluice.partitions.refusal import PartitionsError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

EVENTS = "CREATE TABLE events (at {key} NOT NULL, id bigint, note text, PRIMARY KEY (at, id)) PARTITION BY RANGE (at)"
PLACES = "SELECT tableoid::regclass::text FROM events ORDER BY id"


async def bounds(database: Database) -> list[str]:
    sql = """SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'events'::regclass ORDER BY 1"""
    return [row[0] for row in await database.afetch(sql)]


KEYS: dict[str, tuple[str, Partitions, list[Any], list[str]]] = {
    "bigint": (
        "bigint",
        Partitions(by=100, ahead=0),
        [-1, 0, 250],
        ["('-100') TO ('0')", "('0') TO ('100')", "('200') TO ('300')"],
    ),
    "date": (
        "date",
        Partitions(by="year", ahead=0),
        [date(1999, 12, 31), date(2024, 2, 29)],
        ["('1999-01-01') TO ('2000-01-01')", "('2024-01-01') TO ('2025-01-01')"],
    ),
    "timestamp": (
        "timestamp",
        Partitions(by="day", ahead=0),
        [datetime.fromisoformat("1999-12-31T23:59:59.999999"), datetime.fromisoformat("2000-01-01")],
        ["('1999-12-31 00:00:00') TO ('2000-01-01 00:00:00')", "('2000-01-01 00:00:00') TO ('2000-01-02 00:00:00')"],
    ),
    "timestamptz": (
        "timestamptz",
        Partitions(by="month", ahead=0),
        [datetime(2024, 3, 1, 0, 30, tzinfo=UTC) - timedelta(hours=1)],
        ["('2024-02-01 00:00:00+00') TO ('2024-03-01 00:00:00+00')"],
    ),
}


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("kind", KEYS)
async def test_partitions_of_rows_are_made_first(target_db: Database, kind: str, context: Any) -> None:
    key, partitions, values, expected = KEYS[kind]
    await target_db.aexecute(EVENTS.format(key=key) + "; ALTER DATABASE " + f'"{target_db.name}" SET timezone = UTC')

    async with Writer(target_db.dsn, {"events": Table(partitions=partitions)}, context=context) as writer:
        await writer.write("events", [(value, number, None) for number, value in enumerate(values)])

    found = await bounds(target_db)
    assert len(await target_db.afetch(PLACES)) == len(values)
    # By time there is always the one of today as well.
    assert all(f"FOR VALUES FROM {text}" in found for text in expected)
    assert len(found) == len(expected) + (0 if kind == "bigint" else 1)


async def test_partition_that_was_dropped_meanwhile_is_made_again(target_db: Database) -> None:
    await target_db.aexecute(EVENTS.format(key="bigint"))

    async with Writer(target_db.dsn, {"events": Table(partitions=Partitions(by=10, ahead=0))}) as writer:
        await writer.write("events", [(5, 1, "a")])
        await writer.flush()
        name = await target_db.avalue("SELECT tableoid::regclass::text FROM events")
        await target_db.aexecute(f"DROP TABLE {name}")
        await writer.write("events", [(6, 2, "b")])

    assert [tuple(row) for row in await target_db.afetch("SELECT * FROM events")] == [(6, 2, "b")]


async def test_broken_check_is_an_error_all_the_same(target_db: Database) -> None:
    await target_db.aexecute(EVENTS.format(key="bigint") + "; ALTER TABLE events ADD CHECK (note <> 'canary')")
    writer = Writer(target_db.dsn, {"events": Table(partitions=Partitions(by=10, ahead=0))})
    await writer.start()

    await writer.write("events", [(5, 1, "canary")])
    with pytest.raises(ServerError) as raised:
        await writer.flush()
    writer.discard()
    await writer.close()

    assert raised.value.sqlstate == "23514"


async def test_key_without_a_place_is_refused(target_db: Database) -> None:
    await target_db.aexecute(EVENTS.format(key="date"))
    writer = Writer(target_db.dsn, {"events": Table(partitions=Partitions(by="day"))})
    await writer.start()

    await writer.write("events", [("infinity", 1, None)])
    with pytest.raises(SluiceError, match="outside of the years 1 to 9999"):
        await writer.flush()
    writer.discard()
    await writer.close()


ENDS: dict[str, tuple[str, str, Partitions, list[Any]]] = {
    "smallint": ("smallint", "", Partitions(by=1000, ahead=0), [-(2**15), 2**15 - 1]),
    "integer": ("integer", "", Partitions(by=1_000_000, ahead=0), [-(2**31), 2**31 - 1]),
    "bigint": ("bigint", "", Partitions(by=1000, ahead=0), [-(2**63), 2**63 - 1]),
    "infinity in the default": ("date", "DEFAULT", Partitions(by="day"), ["-infinity", "infinity"]),
    "infinity below MAXVALUE": (
        "timestamptz",
        "FOR VALUES FROM ('2100-01-01') TO (MAXVALUE)",
        Partitions(by="month"),
        ["infinity", "2100-01-01 00:00:00+00"],
    ),
    "half a day, made by hand": (
        "timestamp",
        "FOR VALUES FROM ('2020-01-01 12:00') TO ('2020-01-01 13:30')",
        Partitions(by="day"),
        [datetime.fromisoformat("2020-01-01T13:00:00"), datetime.fromisoformat("2020-01-01T12:00:00")],
    ),
    "another step, made by hand": (
        "integer",
        "FOR VALUES FROM (3) TO (7)",
        Partitions(by=10, ahead=0),
        [3, 6],
    ),
}


@pytest.mark.parametrize("kind", ENDS)
async def test_rows_that_can_have_a_partition_are_written(target_db: Database, kind: str) -> None:
    """They were refused: their day or step was looked for, which began outside of the type or of their partition."""
    key, partition, partitions, values = ENDS[kind]
    await target_db.aexecute(EVENTS.format(key=key))
    if partition:
        await target_db.aexecute(f"CREATE TABLE events_by_hand PARTITION OF events {partition}")

    async with Writer(target_db.dsn, {"events": Table(partitions=partitions)}) as writer:
        await writer.write("events", [(value, number, None) for number, value in enumerate(values)])

    assert len(await target_db.afetch(PLACES)) == len(values)


async def test_partitions_ahead_that_cannot_be_made_stop_no_row(target_db: Database) -> None:
    """A horizon that did not fit stopped the rows of today, long before one had no partition."""
    await target_db.aexecute(EVENTS.format(key="bigint"))
    await target_db.aexecute("CREATE TABLE odd PARTITION OF events FOR VALUES FROM (15) TO (25)")

    async with Writer(target_db.dsn, {"events": Table(partitions=Partitions(by=10, ahead=1))}) as writer:
        await writer.write("events", [(5, 1, None)])
        flushed = await writer.flush()
        await target_db.aexecute("DROP TABLE odd")
        await writer.write("events", [(16, 2, None)])
        later = await writer.flush()

    assert "overlaps the range from '10' to '20'" in flushed.partitions_late["events"]
    assert (flushed.rows, later.rows) == ({"events": 1}, {"events": 1})


async def test_partitions_ahead_that_are_locked_stop_no_row(
    target_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_AHEAD_PATIENCE", Patience(lock_timeout_ms=20, tries=1))
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await target_db.aexecute(f"""{EVENTS.format(key="timestamptz")};
        CREATE TABLE today PARTITION OF events FOR VALUES FROM ('{today}') TO ('{today + timedelta(days=1)}')""")
    locker = await target_db.connect()
    try:
        await locker.execute("BEGIN; LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")  # As ANALYZE does.
        async with Writer(target_db.dsn, {"events": Table(partitions=Partitions(by="day"))}) as writer:
            await writer.write("events", [(today, 1, None)])
            flushed = await writer.flush()
    finally:
        await locker.close()

    assert flushed.rows == {"events": 1}
    assert "attaching a partition" in flushed.partitions_late["events"]


async def test_partitions_ahead_that_do_not_fit_are_told_before_the_first_row(target_db: Database) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    await target_db.aexecute(f"""{EVENTS.format(key="timestamptz")};
        CREATE TABLE odd PARTITION OF events FOR VALUES FROM ('{tomorrow}') TO ('{tomorrow + timedelta(hours=2)}')""")

    with pytest.raises(PartitionsError, match="overlaps the range"):
        await Writer(target_db.dsn, {"events": Table(partitions=Partitions(by="day"))}).start()


@pytest.mark.parametrize("table", ["plain", "hashed"])
async def test_tables_without_ranges_are_refused_in_the_plan(target_db: Database, table: str) -> None:
    await target_db.aexecute(
        "CREATE TABLE plain (id int PRIMARY KEY); CREATE TABLE hashed (id int PRIMARY KEY) PARTITION BY HASH (id)"
    )

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {table: Table(partitions=Partitions(by=10))}).start()

    assert any("partitioned by range of one column" in problem for problem in raised.value.problems)
