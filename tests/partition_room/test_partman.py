"""Tables under pg_partman, on a server that has it: Debian's, where the package is installed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from partition_samples import EVENTS, NUMBERS, bounds

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.embedded import Server
from pgsluice.partitions.detach import detach
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.refusal import PartitionsError
from servers import SETTINGS, fresh_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from servers import Database

CONTROLS = sorted(Path("/usr/share/postgresql").glob("*/extension/pg_partman.control"))
pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(not CONTROLS, reason="pg_partman is not installed (Debian: postgresql-15-partman)"),
]
MANAGED = """
    CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;
    SET timezone = 'UTC';
    SELECT partman.create_parent('public.{table}', '{key}', '{kind}', '{interval}', p_premake := 2);
"""
OLD = datetime(2001, 2, 28, tzinfo=UTC)


@pytest.fixture(scope="module")
def partman_server() -> Iterator[Server]:
    version = CONTROLS[-1].parts[4]
    with Server(dict(SETTINGS), binaries=f"/usr/lib/postgresql/{version}/bin") as server:
        yield server


@pytest.fixture
def database(partman_server: Server) -> Iterator[Database]:
    with fresh_database(partman_server, "partman") as database:
        yield database


@pytest.fixture
async def partman_session(database: Database) -> AsyncIterator[Connection]:
    connection = await connect(Dsn.parse(database.dsn, role="target"), role="target")
    yield connection
    await connection.close()


def is_version_4(database: Database) -> bool:
    return database.value("SELECT default_version LIKE '4.%' FROM pg_available_extensions WHERE name = 'pg_partman'")


def manage(database: Database, table: str, key: str, interval: str) -> None:
    if interval == "1 week" and is_version_4(database):
        interval = "weekly"  # There, "1 week" begins on the day that it is.
    kind = "native" if is_version_4(database) else "range"
    database.execute(MANAGED.format(table=table, key=key, kind=kind, interval=interval))


@pytest.mark.parametrize(
    ("by", "interval", "made"),
    [
        ("day", "1 day", "FROM ('2001-02-28 00:00:00+00') TO ('2001-03-01 00:00:00+00')"),
        ("week", "1 week", "FROM ('2001-02-26 00:00:00+00') TO ('2001-03-05 00:00:00+00')"),
        ("month", "1 month", "FROM ('2001-02-01 00:00:00+00') TO ('2001-03-01 00:00:00+00')"),
        ("year", "1 year", "FROM ('2001-01-01 00:00:00+00') TO ('2002-01-01 00:00:00+00')"),
    ],
)
async def test_partman_makes_what_a_batch_needs(
    partman_session: Connection, database: Database, by: str, interval: str, made: str
) -> None:
    database.execute(EVENTS.replace("PRIMARY KEY (id, at)", "UNIQUE (id, at)"))
    manage(database, "events", "at", interval)

    first = await ensure(partman_session, "public", "events", Partitions(by=by, ahead=4), values=[OLD])
    again = await ensure(partman_session, "public", "events", Partitions(by=by, ahead=4), values=[OLD])
    await database.aexecute("INSERT INTO events (at) VALUES ($1)", OLD)

    found = await bounds(database, "events")
    assert f"FOR VALUES {made}" in found.values()
    # By pg_partman's own names, which are not ours.
    assert all("_p20" in name and name.count("_p2") == 1 for name in found if name != "events_default")
    assert {one.name for one in first.made} <= found.keys()
    assert again.made == ()
    assert await database.avalue("SELECT count(*) FROM events WHERE tableoid <> 'events_default'::regclass") == 1


async def test_partman_of_a_zone_makes_its_days(partman_session: Connection, database: Database) -> None:
    """By UTC alone, tables that pg_partman has cut at midnights of the server's zone could not be written to at all."""
    database.execute(EVENTS.replace("PRIMARY KEY (id, at)", "UNIQUE (id, at)"))
    database.execute(f"ALTER DATABASE {database.name} SET timezone = 'Europe/Berlin'")
    kind = "native" if is_version_4(database) else "range"
    database.execute(
        MANAGED.replace("SET timezone = 'UTC';", "SET timezone = 'Europe/Berlin';").format(
            table="events", key="at", kind=kind, interval="1 day"
        )
    )

    berlin = Partitions(by="day", ahead=4, zone="Europe/Berlin")
    await ensure(partman_session, "public", "events", berlin, values=[datetime(2024, 3, 31, 22, 30, tzinfo=UTC)])

    found = await bounds(database, "events")
    of_april = "('2024-03-31 22:00:00+00') TO ('2024-04-01 22:00:00+00')"
    (april,) = [name for name, bound in found.items() if of_april in bound]
    assert april.replace("_", "").endswith("p20240401")


async def test_partman_makes_partitions_of_numbers(partman_session: Connection, database: Database) -> None:
    database.execute(NUMBERS.format(type="int8"))
    manage(database, "numbers", "n", "100")

    await ensure(partman_session, "public", "numbers", Partitions(by=100, ahead=2), values=[10_050])

    expected = {f"FOR VALUES FROM ('{n}') TO ('{n + 100}')" for n in (10_000, 10_100, 10_200)}
    assert expected <= set((await bounds(database, "numbers")).values())


async def test_interval_of_partman_that_is_another_is_refused(partman_session: Connection, database: Database) -> None:
    database.execute(EVENTS)
    manage(database, "events", "at", "1 day")

    with pytest.raises(PartitionsError, match="expected 1 mon, found 1 day"):
        await ensure(partman_session, "public", "events", Partitions(by="month"))


async def test_weeks_of_partman_that_begin_on_another_day_are_refused(
    partman_session: Connection, database: Database
) -> None:
    database.execute(EVENTS)
    manage(database, "events", "at", "7 days")
    # Its weeks begin today; where that is a Monday, they are ours.
    is_monday = await database.avalue("SELECT extract(isodow FROM now() AT TIME ZONE 'UTC') = 1")
    if is_monday or not is_version_4(database):
        pytest.skip("pg_partman's weeks begin on Monday")

    with pytest.raises(PartitionsError, match="overlaps the range"):
        await ensure(partman_session, "public", "events", Partitions(by="week", ahead=4))


async def test_detach_and_drain_are_left_to_partman(partman_session: Connection, database: Database) -> None:
    database.execute(EVENTS)
    manage(database, "events", "at", "1 month")

    with pytest.raises(PartitionsError, match="which detaches its partitions itself"):
        await detach(partman_session, "public", "events", Partitions(by="month", keep=1))
    with pytest.raises(PartitionsError, match="which moves rows out of the default partition itself"):
        await ensure(partman_session, "public", "events", Partitions(by="month"), is_draining=True)


async def test_rows_in_the_default_partition_are_told_before_partman_fails(
    partman_session: Connection, database: Database
) -> None:
    database.execute(EVENTS)
    manage(database, "events", "at", "1 month")
    await database.aexecute("INSERT INTO events (at) VALUES ($1)", OLD)

    with pytest.raises(PartitionsError, match="which moves rows out of the default partition itself"):
        await ensure(partman_session, "public", "events", Partitions(by="month"), values=[OLD])


async def test_table_beside_partman_is_ours(partman_session: Connection, database: Database) -> None:
    database.execute("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;" + EVENTS)

    await ensure(partman_session, "public", "events", Partitions(by="month", ahead=0), values=[OLD])

    assert "events_p200102" in await bounds(database, "events")
