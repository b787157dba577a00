"""Rows that are stuck in a default partition: which are moved, who waits meanwhile, and what cannot be moved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from partition_samples import DEFAULT, EVENTS, NUMBERS, bounds

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import ServerError
from pgsluice.partitions import drain
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.patience import Patience
from pgsluice.partitions.refusal import PartitionsError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db
FEBRUARY = datetime(2024, 2, 10, tzinfo=UTC)
NONE_AHEAD = Partitions(by="month", ahead=0)
BY_PARTITION = "SELECT tableoid::regclass::text AS name, count(*) AS rows FROM {} GROUP BY 1 ORDER BY 1"


async def rows_of(database: Database, table: str) -> dict[str, int]:
    return {row["name"]: row["rows"] for row in await database.afetch(BY_PARTITION.format(table))}


async def test_drain_moves_every_range_that_has_rows(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        f"""{EVENTS}{DEFAULT};
            INSERT INTO events (at) VALUES ('2001-12-31 23:59:59.999999+00'), ('2002-01-01+00'), ('2024-02-29+00'),
                ('infinity'), ('-infinity'), ('10000-01-01+00'), ('0001-01-01 00:00+00 BC')"""
    )

    await ensure(session, "public", "events", NONE_AHEAD, is_draining=True)

    assert await rows_of(target_db, "events") == {
        "events_default": 4, "events_p200112": 1, "events_p200201": 1, "events_p202402": 1,
    }  # fmt: skip


async def test_drain_of_numbers_moves_both_ends_of_the_type(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        NUMBERS.format(type="int2").replace(" NOT NULL", "")
        + """; CREATE TABLE rest PARTITION OF numbers DEFAULT;
             INSERT INTO numbers VALUES (-32768), (-1), (0), (32767), (NULL)"""
    )

    await ensure(session, "public", "numbers", Partitions(by=10_000, ahead=0), is_draining=True)

    assert await rows_of(target_db, "numbers") == {
        "numbers_p0": 1, "numbers_p30000": 1, "numbers_pm10000": 1, "numbers_pm40000": 1, "rest": 1,
    }  # fmt: skip


async def test_without_drain_rows_of_other_ranges_stay(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(f"{EVENTS}{DEFAULT}; INSERT INTO events (at) VALUES ('2001-12-31+00'), ('2024-02-05+00')")

    await ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY])

    assert await rows_of(target_db, "events") == {"events_default": 1, "events_p202402": 1}


async def test_rows_that_overlap_another_shape_stay(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        f"""{EVENTS}{DEFAULT};
            CREATE TABLE odd PARTITION OF events FOR VALUES FROM ('2024-01-15+00') TO ('2024-02-10+00');
            INSERT INTO events (at) VALUES ('2024-02-20+00'), ('2024-03-20+00')"""
    )

    await ensure(session, "public", "events", NONE_AHEAD, is_draining=True)

    assert await rows_of(target_db, "events") == {"events_default": 1, "events_p202403": 1}


async def test_rows_are_moved_a_few_pages_at_once(
    session: Connection, target_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "PAGES_AT_ONCE", 3)
    await target_db.aexecute(
        f"""{EVENTS}{DEFAULT}; INSERT INTO events (at, note)
            SELECT timestamptz '2024-02-01+00' + n * interval '1 minute', repeat('n', 100) FROM
                   generate_series(0, 9999) AS n"""
    )

    ensured = await ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY])

    assert sum(made.rows_moved for made in ensured.made) == 10_000
    assert await rows_of(target_db, "events") == {"events_p202402": 10_000}


async def test_readers_go_on_and_writers_wait_while_rows_move(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(f"{EVENTS}{DEFAULT}; INSERT INTO events (at) VALUES ('2024-02-05+00')")
    reader = await target_db.connect()
    await reader.execute("BEGIN; SELECT count(*) FROM events")

    making = asyncio.create_task(ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY]))
    # It has moved the row and waits to attach.
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock')"
    while not await target_db.avalue(waits):
        assert not making.done()
    seen = await reader.fetchval("SELECT count(*) FROM events")
    writing = asyncio.create_task(target_db.aexecute("INSERT INTO events (at) VALUES ('2024-02-06+00')"))
    await reader.execute("COMMIT")

    await reader.close()
    await writing
    assert [made.rows_moved for made in (await making).made if made.rows_moved] == [1]
    assert seen == 1
    assert await rows_of(target_db, "events") == {"events_p202402": 2}


async def test_drain_behind_a_reader_that_stays_gives_up_whole(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(f"{EVENTS}{DEFAULT}; INSERT INTO events (at) VALUES ('2024-02-05+00')")
    reader = await target_db.connect()
    await reader.execute("BEGIN; SELECT count(*) FROM events")

    patience = Patience(lock_timeout_ms=30, tries=2, pause_ms=1)
    with pytest.raises(ServerError) as caught:
        await ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY], patience=patience)

    await reader.close()
    assert caught.value.sqlstate == "55P03"
    assert await rows_of(target_db, "events") == {"events_default": 1}
    assert list(await bounds(target_db, "events")) == ["events_default"]


async def test_default_that_is_partitioned_itself_is_drained(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        f"""{EVENTS}{DEFAULT} PARTITION BY HASH (id);
            CREATE TABLE d0 PARTITION OF events_default FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE d1 PARTITION OF events_default FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO events (at) SELECT '2024-02-05+00' FROM generate_series(1, 50)"""
    )

    await ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY])

    assert await rows_of(target_db, "events") == {"events_p202402": 50}


async def test_rows_that_foreign_keys_refer_to_are_not_moved(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        f"""{EVENTS}{DEFAULT}; CREATE TABLE calls (id bigint, at timestamptz,
                CONSTRAINT of_event FOREIGN KEY (id, at) REFERENCES events);
            INSERT INTO events (at) VALUES ('2024-02-05+00')"""
    )

    with pytest.raises(PartitionsError, match="foreign keys refer to them") as caught:
        await ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY])

    assert caught.value.detail == "of_event of public.calls"


async def test_dropped_columns_and_foreign_keys_of_the_table_itself_pass(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(
        f"""CREATE TABLE kinds (kind int PRIMARY KEY); INSERT INTO kinds VALUES (1);
            {EVENTS} ALTER TABLE events ADD COLUMN gone text; ALTER TABLE events DROP COLUMN gone;
            ALTER TABLE events ADD COLUMN kind int REFERENCES kinds; {DEFAULT};
            INSERT INTO events (at, kind) VALUES ('2024-02-05+00', 1)"""
    )

    await ensure(session, "public", "events", NONE_AHEAD, values=[FEBRUARY])

    assert await target_db.avalue("SELECT kind FROM events_p202402") == 1
    assert (
        await target_db.avalue(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'events_p202402'::regclass AND contype = 'f'"
        )
        == 1
    )


async def test_writers_into_the_default_partition_lose_nothing_while_it_is_drained(
    session: Connection, target_db: Database
) -> None:
    """Version 18 refused 10 of 3,700 rows that were on their way into the default partition at that moment."""
    await target_db.aexecute(f"{EVENTS}{DEFAULT}")
    start, is_done, written = datetime(2024, 1, 1, tzinfo=UTC), asyncio.Event(), 0

    async def write(offset: int) -> None:
        nonlocal written
        connection = await target_db.connect()
        minute = offset
        while not is_done.is_set():
            minute += 977
            try:
                await connection.execute(
                    "INSERT INTO events (at) VALUES ($1)", start + timedelta(minutes=minute % 525_600)
                )
            except asyncpg.CheckViolationError:
                continue
            written += 1
        await connection.close()

    writers = [asyncio.create_task(write(offset)) for offset in range(4)]
    for month in range(1, 13):
        day = datetime(2024, month, 1, tzinfo=UTC)
        await ensure(session, "public", "events", NONE_AHEAD, values=[day])
    is_done.set()
    await asyncio.gather(*writers)

    found = await rows_of(target_db, "events")
    assert sum(found.values()) == written
    assert "events_default" not in found
