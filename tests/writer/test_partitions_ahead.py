"""Rows find their partition: a writer makes it before it sends them, and what comes after it ahead of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice.config.partitions import Partitions
from pgsluice.errors import PlanRefusedError, ServerError, SluiceError

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


@pytest.mark.parametrize("table", ["plain", "hashed"])
async def test_tables_without_ranges_are_refused_in_the_plan(target_db: Database, table: str) -> None:
    await target_db.aexecute(
        "CREATE TABLE plain (id int PRIMARY KEY); CREATE TABLE hashed (id int PRIMARY KEY) PARTITION BY HASH (id)"
    )

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {table: Table(partitions=Partitions(by=10))}).start()

    assert any("partitioned by range of one column" in problem for problem in raised.value.problems)
