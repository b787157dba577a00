"""Many processes that make partitions at once, and processes that are killed in the midst of it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
from partition_samples import DEFAULT, EVENTS, bounds

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.partitions.ensure import ensure
from pgsluice.points import PARTITION_POINTS

if TYPE_CHECKING:
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos]
TIMEOUT_S = 60.0
MONTHS = ("--table=events", "--by=month", "--ahead=0", "--from=2023-01-01", "--to=2023-12-31")
QUARTER = date(2023, 1, 1), date(2023, 3, 31)
MAKERS = 6
# 24 hours in each of three months, and one row that belongs to no month.
STUCK = """
    INSERT INTO events (at, note) SELECT timestamptz '2023-01-31+00' + m * interval '1 month' + h * interval '1 hour',
                                         m || ' ' || h
      FROM generate_series(0, 2) AS m, generate_series(0, 23) AS h;
    INSERT INTO events (at, note) VALUES ('infinity', 'for ever');
"""
ALL_ROWS = "SELECT note FROM events ORDER BY note"


def start(database: Database, *arguments: str, point: str = "") -> subprocess.Popen[str]:
    return start_python("-m", "pgsluice", "partitions", *arguments, f"--target={database.dsn}", point=point)


def start_python(*arguments: str, point: str = "") -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=environment | {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": point},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    with process:
        output, _ = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, output


@pytest.mark.parametrize("has_default", [False, True])
async def test_many_processes_make_each_partition_once(target_db: Database, *, has_default: bool) -> None:
    await target_db.aexecute(EVENTS + (DEFAULT + ";" + STUCK if has_default else ""))

    processes = [start(target_db, "ensure", *MONTHS) for _ in range(MAKERS)]
    results = [ended(process) for process in processes]

    assert [status for status, _ in results] == [0] * MAKERS, results
    found = await bounds(target_db, "events")
    assert [f"events_p2023{month:02}" for month in range(1, 13)] == [name for name in found if "_p2023" in name]
    made = [line.split()[1] for _, output in results for line in output.splitlines() if line.startswith("made")]
    assert sorted(made) == [f"public.{name}" for name in found if name != "events_default"]


async def test_writers_that_need_the_same_partitions_all_write(target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    writer = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pgsluice.config.partitions import Partitions
from pgsluice.driver import Dsn, connect
from pgsluice.partitions.keeper import PartitionKeeper

async def main():
    connection = await connect(Dsn.parse(sys.argv[1], role="target"), role="target")
    keeper = PartitionKeeper("public", "events", Partitions(by="day", ahead=1))
    for day in range(20):
        at = datetime(2024, 2, 20, tzinfo=UTC) + timedelta(days=day)
        await keeper.ensure(connection, [at])
        await connection.execute("INSERT INTO public.events (at) VALUES ($1)", at, doing="writing")
    await connection.close()

asyncio.run(main())
"""

    processes = [start_python("-c", writer, target_db.dsn) for _ in range(MAKERS)]
    results = [ended(process) for process in processes]

    assert results == [(0, "")] * MAKERS
    days = await target_db.afetch("SELECT count(*) AS rows FROM events GROUP BY tableoid")
    assert [row["rows"] for row in days] == [MAKERS] * 20


@pytest.mark.parametrize("point", [point for point in PARTITION_POINTS if point != "partition-detached"])
@pytest.mark.parametrize("nth", [1, 2])
async def test_killed_drain_loses_nothing_and_is_finished(target_db: Database, point: str, nth: int) -> None:
    await target_db.aexecute(f"{EVENTS}{DEFAULT};{STUCK}")
    before = await target_db.afetch(ALL_ROWS)

    killed = ended(start(target_db, "ensure", *MONTHS, point=f"{point}:{nth}:kill"))
    between = await target_db.afetch(ALL_ROWS)
    finished = ended(start(target_db, "ensure", *MONTHS))

    assert killed[0] == -9
    assert finished[0] == 0, finished
    assert before == between
    assert before == await target_db.afetch(ALL_ROWS)
    left = await target_db.afetch("SELECT note FROM ONLY events_default")
    assert [row["note"] for row in left] == ["for ever"]
    # Nothing half made is left beside the table.
    assert (
        await target_db.avalue(
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'events%' AND NOT relispartition"
        )
        == 0
    )


async def test_killed_detach_is_finished_by_the_next(target_db: Database, session: Connection) -> None:
    await target_db.aexecute(EVENTS)
    await ensure(session, "public", "events", Partitions(by="month", ahead=0), between=QUARTER)
    options = ("detach", "--table=events", "--by=month", "--keep=1")

    killed = ended(start(target_db, *options, point="partition-detached:2:kill"))
    finished = ended(start(target_db, *options))

    assert killed[0] == -9
    assert finished[0] == 0, finished
    assert not [name for name in await bounds(target_db, "events") if "2023" in name]
    names = await target_db.afetch("SELECT relname FROM pg_class WHERE relname ~ '^events_p2023..$' ORDER BY 1")
    assert [row["relname"] for row in names] == ["events_p202301", "events_p202302", "events_p202303"]
