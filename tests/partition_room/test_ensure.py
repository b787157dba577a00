"""Making partitions: what a batch needs and a horizon ahead, beside whatever is there already."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from partition_samples import DEFAULT, EVENTS, NONE_AHEAD, NUMBERS, at, bounds, from_to

from hostile_names import NAMES, quoted
from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import UsageError
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.keeper import PartitionKeeper
from pgsluice.partitions.patience import Patience
from pgsluice.partitions.refusal import PartitionsError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db
DAY = timedelta(days=1)
FEBRUARY = from_to("2024-02-01 00:00:00+00", "2024-03-01 00:00:00+00")


async def test_ensure_makes_the_current_day_and_those_ahead(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    today = (await target_db.avalue("SELECT now()")).astimezone(UTC).date()

    ensured = await ensure(session, "public", "events", Partitions(by="day", ahead=3))

    expected = {
        f"events_p{today + n * DAY:%Y%m%d}": from_to(
            f"{today + n * DAY} 00:00:00+00", f"{today + (n + 1) * DAY} 00:00:00+00"
        )
        for n in range(4)
    }
    found = await bounds(target_db, "events")
    # The test may run over midnight.
    assert list(expected.items())[1:] == [item for item in found.items() if item in expected.items()][-3:]
    assert [made.name for made in ensured.made] == sorted(found)


async def test_ensure_again_makes_nothing_and_takes_no_lock(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])
    locker = await target_db.connect()
    await locker.execute("BEGIN; LOCK TABLE pg_class IN EXCLUSIVE MODE; LOCK TABLE events IN ACCESS EXCLUSIVE MODE")

    ensured = await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])

    await locker.close()
    assert ensured.made == ()


async def test_ensure_makes_partitions_of_values_only(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)

    await ensure(session, "public", "events", Partitions(by="month", ahead=0), values=[at(2020, 2, 29), at(2024, 2)])

    found = await bounds(target_db, "events")
    assert {"events_p202002", "events_p202402"} <= found.keys()
    assert len(found) == 3


async def test_ensure_between_makes_the_whole_range(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)

    ensured = await ensure(session, "public", "events", NONE_AHEAD, between=(at(2023, 11), at(2024, 2)))

    names = [made.name for made in ensured.made][:-1]
    assert names == ["events_p202311", "events_p202312", "events_p202401", "events_p202402"]


async def test_bounds_of_a_zone_are_those_of_the_server(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    berlin = Partitions(by="day", ahead=2, zone="Europe/Berlin")
    await target_db.aexecute("""CREATE TABLE by_hand PARTITION OF events
        FOR VALUES FROM ('2024-03-30 00:00 Europe/Berlin') TO ('2024-03-31 00:00 Europe/Berlin')""")

    ensured = await ensure(session, "public", "events", berlin, between=(date(2024, 3, 30), date(2024, 4, 1)))

    days = await target_db.afetch("""
        SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class
         WHERE relname IN ('events_p20240331', 'events_p20240401') ORDER BY relname""")
    assert [row["bound"] for row in days] == [
        from_to("2024-03-30 23:00:00+00", "2024-03-31 22:00:00+00"),
        from_to("2024-03-31 22:00:00+00", "2024-04-01 22:00:00+00"),
    ]
    assert len(ensured.made) == 5


async def test_drain_by_a_zone_moves_each_row_to_its_day(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(f"""{EVENTS} {DEFAULT};
        INSERT INTO events (at) VALUES ('2024-03-30 22:59:59+00'), ('2024-03-30 23:00+00'), ('2024-03-31 22:00+00')""")

    await ensure(session, "public", "events", Partitions(by="day", ahead=0, zone="Europe/Berlin"), is_draining=True)

    rows = await target_db.afetch("SELECT tableoid::regclass::text AS p FROM events ORDER BY at")
    assert [row["p"] for row in rows] == ["events_p20240330", "events_p20240331", "events_p20240401"]


async def test_ends_in_the_wrong_order_are_refused(session: Connection, target_db: Database) -> None:
    """Nothing of the range was made, and nothing said of it."""
    await target_db.aexecute(EVENTS)

    with pytest.raises(UsageError, match="the lower key first"):
        await ensure(session, "public", "events", NONE_AHEAD, between=(at(2024, 2), at(2023, 11)))


async def test_partition_is_like_its_table(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)

    await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])
    await target_db.aexecute("INSERT INTO events (at) VALUES ('2024-02-29 23:59:59.999999+00')")

    rows = await target_db.afetch("SELECT tableoid::regclass::text AS partition, id, note, size FROM events")
    assert [tuple(row) for row in rows] == [("events_p202402", 1, "none", 4)]
    indexes = await target_db.afetch("SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'events_pkey'::regclass")
    assert len(indexes) == 2


@pytest.mark.parametrize(
    ("identity", "expected"),
    [("FULL", ("f", None)), ("NOTHING", ("n", None)), ("USING INDEX told", ("i", "events_p202402_size_id_at_idx"))],
)
async def test_partition_has_the_replica_identity_of_its_table(
    session: Connection, target_db: Database, identity: str, expected: tuple[str, str | None]
) -> None:
    """With another one, UPDATE and DELETE of a published table fail as soon as rows are in a new partition."""
    await target_db.aexecute(f"""{EVENTS} ALTER TABLE events ALTER size SET NOT NULL;
        CREATE UNIQUE INDEX told ON events (size, id, at); ALTER TABLE events REPLICA IDENTITY {identity}""")

    await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])

    (row,) = await target_db.afetch("""
        SELECT c.relreplident::text, (SELECT i.indexrelid::regclass::text FROM pg_index AS i
                                       WHERE i.indrelid = c.oid AND i.indisreplident)
          FROM pg_class AS c WHERE c.relname = 'events_p202402'""")
    assert tuple(row) == expected


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
async def test_bounds_are_utc_whatever_the_databases_zone(session: Connection, target_db: Database, zone: str) -> None:
    await target_db.aexecute(f"ALTER DATABASE {target_db.name} SET timezone TO '{zone}'")
    await target_db.aexecute(EVENTS)
    await session.execute(f"SET timezone TO '{zone}'; SET datestyle TO 'ISO, DMY'", doing="a test")

    await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])
    again = await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])

    assert (await bounds(target_db, "events"))["events_p202402"] == FEBRUARY
    assert again.made == ()


async def test_session_that_writes_zones_by_abbreviations_is_refused(session: Connection, target_db: Database) -> None:
    """Version 15 read its own bounds of Asia/Kolkata, IST, as Israel's time, three and a half hours off."""
    await target_db.aexecute(EVENTS)
    await session.execute("SET datestyle TO 'SQL, DMY'", doing="a test")

    with pytest.raises(PartitionsError, match="datestyle is not ISO"):
        await ensure(session, "public", "events", NONE_AHEAD)


@pytest.mark.parametrize(
    ("key_type", "step", "values", "expected"),
    [
        (
            "int2",
            10_000,
            [32_767, -32_768],
            {"numbers_p30000": "FROM (30000) TO (MAXVALUE)", "numbers_pm40000": "FROM (MINVALUE) TO (-30000)"},
        ),
        ("int4", 100, [-1], {"numbers_pm100": "FROM (-100) TO (0)", "numbers_p0": "FROM (0) TO (100)"}),
        ("int8", 10**18, [2**63 - 1], {f"numbers_p{9 * 10**18}": f"FROM ({9 * 10**18}) TO (MAXVALUE)"}),
    ],
)
async def test_ensure_of_numbers_counts_from_the_highest(
    session: Connection, target_db: Database, key_type: str, step: int, values: list[int], expected: dict[str, str]
) -> None:
    await target_db.aexecute(NUMBERS.format(type=key_type))

    await ensure(session, "public", "numbers", Partitions(by=step, ahead=1), values=values)
    for value in values:
        await target_db.aexecute(f"INSERT INTO numbers VALUES ({value})")
    again = await ensure(session, "public", "numbers", Partitions(by=step, ahead=1), values=values)

    found = await bounds(target_db, "numbers")
    assert {name: bound.replace("'", "") for name, bound in found.items()} == {
        name: f"FOR VALUES {bound}" for name, bound in expected.items()
    }
    assert again.made == ()


async def test_ensure_of_numbers_without_values_asks_the_table(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(NUMBERS.format(type="int4"))
    await ensure(session, "public", "numbers", Partitions(by=10, ahead=1), values=[100])
    await target_db.aexecute("INSERT INTO numbers VALUES (105)")

    ensured = await ensure(session, "public", "numbers", Partitions(by=10, ahead=2))

    assert [made.name for made in ensured.made] == ["numbers_p120"]


async def test_values_in_partitions_of_another_shape_need_none(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        EVENTS + "CREATE TABLE old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2025-01-01+00');"
    )

    ensured = await ensure(session, "public", "events", NONE_AHEAD, values=[at(1999), at(2024, 12, 31)])

    assert len(ensured.made) == 1


async def test_range_that_overlaps_another_shape_is_refused(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        EVENTS + "CREATE TABLE odd PARTITION OF events FOR VALUES FROM ('2024-01-15+00') TO ('2024-02-10+00');"
    )

    with pytest.raises(PartitionsError, match=r'partition "public\.odd" of table "public\.events" overlaps'):
        await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2, 20)])

    assert list(await bounds(target_db, "events")) == ["odd"]


async def test_name_that_is_taken_is_told(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + "CREATE TABLE events_p202402 (n int);")

    with pytest.raises(PartitionsError, match=r'"public\.events_p202402" is there and is no partition'):
        await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])


async def test_name_of_another_tables_partition_is_told(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        EVENTS + "CREATE TABLE other (at date) PARTITION BY RANGE (at); "
        "CREATE TABLE events_p202402 PARTITION OF other DEFAULT;"
    )

    with pytest.raises(PartitionsError, match="still lacks 1 partitions"):
        await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE TABLE events (at timestamptz)", "is not partitioned"),
        ("CREATE TABLE events (at timestamptz) PARTITION BY HASH (at)", "by HASH, not by RANGE"),
        ("CREATE TABLE events (at timestamptz) PARTITION BY LIST (at)", "by LIST, not by RANGE"),
        ("CREATE TABLE events (at timestamptz, n int) PARTITION BY RANGE (at, n)", "by 2 columns, expected 1"),
        ("CREATE TABLE events (at date) PARTITION BY RANGE ((at + 1))", "by an expression, expected a column"),
        ("CREATE TABLE events (at text) PARTITION BY RANGE (at)", "of another type than date"),
        ("CREATE TABLE events (at int) PARTITION BY RANGE (at)", "expected by to be a number"),
        ("CREATE VIEW events AS SELECT 1", "is not partitioned"),
        ("SELECT 1", "cannot find table"),
    ],
)
async def test_tables_that_do_not_fit_are_refused(
    session: Connection, target_db: Database, sql: str, text: str
) -> None:
    await target_db.aexecute(sql)

    with pytest.raises(PartitionsError, match=text):
        await ensure(session, "public", "events", NONE_AHEAD)


async def test_too_many_are_refused_before_the_first(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)

    with pytest.raises(PartitionsError, match="lacks more than 30 partitions"):
        await ensure(session, "public", "events", Partitions(by="day", made_max=30), between=(at(1970), at(2024)))

    assert await bounds(target_db, "events") == {}


async def test_null_key_without_default_partition_is_refused(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(NUMBERS.format(type="int4").replace(" NOT NULL", ""))

    with pytest.raises(PartitionsError, match='whose column "n" is NULL'):
        await ensure(session, "public", "numbers", Partitions(by=10), values=[1, None])


async def test_ensure_in_a_transaction_makes_nothing(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    await session.execute("BEGIN", doing="a test")

    with pytest.raises(UsageError, match="in a transaction"):
        await ensure(session, "public", "events", NONE_AHEAD)


async def test_table_whose_partitions_are_all_partitioned_gets_no_other(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(
        EVENTS + "CREATE TABLE y2024 PARTITION OF events FOR VALUES FROM ('2024-01-01+00') TO ('2025-01-01+00') "
        "PARTITION BY HASH (id);"
    )

    with pytest.raises(PartitionsError, match="lacks 2 partitions, and those that it has are partitioned themselves"):
        await ensure(session, "public", "events", Partitions(by="year", ahead=1))

    assert list(await bounds(target_db, "events")) == ["y2024"]


async def test_sub_partitioned_tables_get_partitions_at_both_levels(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        EVENTS + "CREATE TABLE y2024 PARTITION OF events FOR VALUES FROM ('2024-01-01+00') TO ('2025-01-01+00') "
        "PARTITION BY RANGE (at);"
        "CREATE TABLE y2022 PARTITION OF events FOR VALUES FROM ('2022-01-01+00') TO ('2023-01-01+00');"
    )

    await ensure(session, "public", "events", Partitions(by="year", ahead=0), values=[at(2023), at(2024)])
    await ensure(session, "public", "y2024", NONE_AHEAD, between=(at(2024, 2), at(2024, 3)), patience=Patience(tries=1))
    await target_db.aexecute("INSERT INTO events (at) VALUES ('2024-03-31 23:59+00')")

    assert await target_db.avalue("SELECT tableoid::regclass::text FROM events") == "y2024_p202403"


async def test_hostile_names_are_names(session: Connection, target_db: Database) -> None:
    for name in NAMES:
        q = quoted(name)
        await target_db.aexecute(f"CREATE SCHEMA {q}; CREATE TABLE {q}.{q} ({q} int NOT NULL) PARTITION BY RANGE ({q})")

        await ensure(session, name, name, Partitions(by=10, ahead=1), values=[5])
        await target_db.aexecute(f"INSERT INTO {q}.{q} VALUES (5), (15)")

        assert await target_db.avalue(f"SELECT count(DISTINCT tableoid) FROM {q}.{q}") == 2


async def test_keeper_asks_nothing_while_nothing_is_missing(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    keeper = PartitionKeeper("public", "events", NONE_AHEAD)
    await keeper.ensure(session, [at(2024, 2)])
    await target_db.aexecute("ALTER TABLE events DETACH PARTITION events_p202402; DROP TABLE events_p202402")

    # It believes what it knows, until it is told otherwise.
    await keeper.ensure(session, [at(2024, 2, 5)])
    assert "events_p202402" not in await bounds(target_db, "events")
    keeper.forget()
    await keeper.ensure(session, [at(2024, 2, 5)])

    assert "events_p202402" in await bounds(target_db, "events")


async def test_row_is_taken_at_every_edge(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    await ensure(session, "public", "events", NONE_AHEAD, between=(at(2023, 12), at(2024, 3)))
    edges = [
        moment
        for month in (1, 2, 3)
        for moment in (
            datetime(2024, month, 1, tzinfo=UTC),
            datetime(2024, month, 1, tzinfo=UTC) - timedelta(microseconds=1),
        )
    ]

    connection = await target_db.connect()
    await connection.executemany("INSERT INTO events (at) VALUES ($1)", [(moment,) for moment in edges])
    rows = await connection.fetch(
        "SELECT tableoid::regclass::text AS p, count(*) AS n FROM events GROUP BY 1 ORDER BY 1"
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("INSERT INTO events (at) VALUES ('2023-11-30 23:59:59.999999+00')")

    await connection.close()
    assert [tuple(row) for row in rows] == [
        ("events_p202312", 1), ("events_p202401", 2), ("events_p202402", 2), ("events_p202403", 1),
    ]  # fmt: skip


async def test_rows_of_a_default_partition_move_with_a_trigger_that_stays_silent(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(
        f"""{EVENTS} {DEFAULT}; CREATE TABLE told (what text);
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN INSERT INTO told VALUES (TG_OP); RETURN NULL; END';
            CREATE TRIGGER teller AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION tell();
            INSERT INTO events (at, note) SELECT timestamptz '2024-01-31 00:00+00' + n * interval '1 hour', 'n' || n
              FROM generate_series(0, 47) AS n"""
    )

    ensured = await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)])
    rows = await target_db.afetch(
        "SELECT tableoid::regclass::text AS p, count(*), sum(size) FROM events GROUP BY 1 ORDER BY 1"
    )
    await target_db.aexecute("DELETE FROM events_default WHERE note = 'n1'")

    assert [made.rows_moved for made in ensured.made if made.rows_moved] == [24]
    assert [(row["p"], row["count"]) for row in rows] == [("events_default", 24), ("events_p202402", 24)]
    assert [row["what"] for row in await target_db.afetch("SELECT what FROM told")] == ["DELETE"]
    constraints = await target_db.afetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'events_p202402'::regclass AND contype = 'c'"
    )
    assert constraints == []
