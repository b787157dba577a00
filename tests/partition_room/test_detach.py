"""Detaching partitions that are past their keep: nothing is dropped, and readers go on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from partition_samples import DEFAULT, EVENTS, NUMBERS, bounds

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import ServerError, UsageError
from pgsluice.partitions.detach import detach
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.patience import Patience
from pgsluice.partitions.refusal import PartitionsError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db
# Its partitions stand where they were cut, not where the clock of the test is.
OLD = """
    CREATE TABLE y1999 PARTITION OF events FOR VALUES FROM ('1999-01-01+00') TO ('2000-01-01+00');
    CREATE TABLE y2000 PARTITION OF events FOR VALUES FROM ('2000-01-01+00') TO ('2001-01-01+00');
    INSERT INTO events (at) SELECT timestamptz '1999-06-01+00' + n * interval '1 month' FROM generate_series(0, 11) n;
"""
YEARLY = Partitions(by="year", keep=2, ahead=1)


async def test_detach_leaves_tables_with_their_rows(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + OLD)
    await ensure(session, "public", "events", YEARLY)
    before = await bounds(target_db, "events")

    detached = await detach(session, "public", "events", YEARLY)

    assert [found.label for found in detached.partitions] == ["public.y1999", "public.y2000"]
    assert set(before) - {"y1999", "y2000"} == set(await bounds(target_db, "events"))
    assert [await target_db.avalue(f"SELECT count(*) FROM {name}") for name in ("y1999", "y2000", "events")] == [
        7,
        5,
        0,
    ]


async def test_dry_run_detaches_nothing(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + OLD)

    detached = await detach(session, "public", "events", YEARLY, is_dry_run=True)

    assert len(detached.partitions) == 2
    assert list(await bounds(target_db, "events")) == ["y1999", "y2000"]


@pytest.mark.parametrize(
    ("keep", "years_left"), [(0, [0]), (2, [-2, -1, 0]), (timedelta(days=366 * 2), [-2, -1, 0]), (timedelta(0), [0])]
)
async def test_keep_is_counted_from_the_current_partition(
    session: Connection, target_db: Database, keep: int | timedelta, years_left: list[int]
) -> None:
    await target_db.aexecute(EVENTS)
    year = (await target_db.avalue("SELECT now()")).year
    for ago in range(5):
        await target_db.aexecute(
            f"CREATE TABLE y{year - ago} PARTITION OF events "
            f"FOR VALUES FROM ('{year - ago}-01-01+00') TO ('{year - ago + 1}-01-01+00')"
        )

    await detach(session, "public", "events", Partitions(by="year", keep=keep))

    assert [f"y{year + left}" for left in years_left] == list(await bounds(target_db, "events"))


@pytest.mark.parametrize(
    ("declaration", "left"),
    [
        (Partitions(by=10, keep=1), ["numbers_p10", "numbers_p20", "numbers_p30"]),
        (Partitions(by=10, keep_distance=16), ["numbers_p0", "numbers_p10", "numbers_p20", "numbers_p30"]),
        (Partitions(by=10, keep_distance=15), ["numbers_p10", "numbers_p20", "numbers_p30"]),
    ],
)
async def test_keep_of_numbers_is_counted_from_the_highest(
    session: Connection, target_db: Database, declaration: Partitions, left: list[str]
) -> None:
    await target_db.aexecute(NUMBERS.format(type="int4"))
    await ensure(session, "public", "numbers", Partitions(by=10, ahead=0), between=(-20, 35))
    await target_db.aexecute("INSERT INTO numbers VALUES (-20), (25)")

    await detach(session, "public", "numbers", declaration)

    assert left == list(await bounds(target_db, "numbers"))
    assert await target_db.avalue("SELECT n FROM numbers_pm20") == -20


async def test_empty_table_of_numbers_has_nothing_past(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(NUMBERS.format(type="int4"))
    await ensure(session, "public", "numbers", Partitions(by=10, ahead=3))

    detached = await detach(session, "public", "numbers", Partitions(by=10, keep=0))

    assert detached.partitions == ()


async def test_detach_with_a_reader_lets_others_work_and_goes_on_after_it(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(EVENTS + OLD)
    await ensure(session, "public", "events", YEARLY)
    reader = await target_db.connect()
    await reader.execute("BEGIN; SELECT count(*) FROM events")

    with pytest.raises(ServerError, match="could not detach"):
        await detach(session, "public", "events", YEARLY, patience=Patience(turn_timeout_ms=50, tries=2, pause_ms=1))
    await target_db.aexecute("INSERT INTO events (at) VALUES (now())")
    half = await target_db.avalue("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhdetachpending")
    await reader.execute("COMMIT")
    await reader.close()
    detached = await detach(session, "public", "events", YEARLY)

    assert half == "y1999"
    assert [found.label for found in detached.partitions] == ["public.y1999", "public.y2000"]
    assert await target_db.avalue("SELECT count(*) FROM y1999") == 7


async def test_detach_waits_for_a_reader_that_ends(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + OLD)
    reader = await target_db.connect()
    await reader.execute("BEGIN; SELECT count(*) FROM events")
    detaching = asyncio.create_task(detach(session, "public", "events", YEARLY))
    while not await target_db.avalue("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhdetachpending)"):
        assert not detaching.done()

    await reader.execute("COMMIT")

    await reader.close()
    assert len((await detaching).partitions) == 2


async def test_half_detached_partition_takes_no_rows_and_ensure_says_so(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(EVENTS + OLD)
    reader = await target_db.connect()
    await reader.execute("BEGIN; SELECT count(*) FROM events")
    with pytest.raises(ServerError):
        await detach(session, "public", "events", YEARLY, patience=Patience(turn_timeout_ms=50, tries=1))
    day = await target_db.avalue("SELECT timestamptz '1999-06-01+00'")

    with pytest.raises(PartitionsError, match=r'"public\.y1999" of table "public\.events" is half detached'):
        await ensure(session, "public", "events", YEARLY, values=[day])

    await reader.close()


async def test_detach_with_a_default_partition_locks_the_table(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + OLD + DEFAULT)

    detached = await detach(session, "public", "events", YEARLY)

    assert not detached.is_concurrent
    assert list(await bounds(target_db, "events")) == ["events_default"]


async def test_detach_with_a_default_partition_gives_up_behind_a_reader(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(EVENTS + OLD + DEFAULT)
    reader = await target_db.connect()
    await reader.execute("BEGIN; SELECT count(*) FROM events")

    with pytest.raises(ServerError) as caught:
        await detach(session, "public", "events", YEARLY, patience=Patience(lock_timeout_ms=50, tries=2, pause_ms=1))

    await reader.close()
    assert caught.value.sqlstate == "55P03"
    assert len(await bounds(target_db, "events")) == 3


async def test_table_that_foreign_keys_refer_to_is_refused_by_name(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(
        EVENTS + OLD + "CREATE TABLE calls (id bigint, at timestamptz, "
        "CONSTRAINT of_event FOREIGN KEY (id, at) REFERENCES events)"
    )

    with pytest.raises(PartitionsError, match="foreign keys refer to it") as caught:
        await detach(session, "public", "events", YEARLY)

    assert caught.value.detail == "of_event of public.calls"
    assert len(await bounds(target_db, "events")) == 2


async def test_detach_without_keep_is_refused(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + OLD)

    with pytest.raises(UsageError, match="without knowing what stays"):
        await detach(session, "public", "events", Partitions(by="year"))


async def test_detach_leaves_the_sessions_lock_timeout_as_it_was(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS + OLD)
    await session.execute("SET lock_timeout = '1234ms'", doing="a test")

    await detach(session, "public", "events", YEARLY)

    assert await session.fetch_value("SELECT current_setting('lock_timeout')", doing="a test") == "1234ms"


async def test_late_row_of_a_detached_partition_is_told_where_its_rows_are(
    session: Connection, target_db: Database
) -> None:
    await target_db.aexecute(EVENTS)
    day = await target_db.avalue("SELECT timestamptz '1999-06-01+00'")
    await ensure(session, "public", "events", YEARLY, values=[day])
    await detach(session, "public", "events", YEARLY)

    with pytest.raises(PartitionsError, match=r'"public\.events_p1999" is there and is no partition'):
        await ensure(session, "public", "events", YEARLY, values=[day])
    with pytest.raises(asyncpg.CheckViolationError):
        await target_db.aexecute("INSERT INTO events (at) VALUES ($1)", day)


async def test_two_who_detach_at_once_both_end_well(target_db: Database, session: Connection) -> None:
    from pgsluice.driver import Dsn, connect

    await target_db.aexecute(EVENTS + OLD)
    other = await connect(Dsn.parse(target_db.dsn, role="target"), role="target")

    await asyncio.gather(*(detach(one, "public", "events", YEARLY) for one in (session, other)))

    await other.close()
    assert await bounds(target_db, "events") == {}
    assert await target_db.avalue("SELECT count(*) FROM y2000") == 5
