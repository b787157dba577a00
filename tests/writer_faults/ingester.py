"""Owns one small stream of events that processes write and tests disturb: what they run, and what must be true then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faults.checker import Checker
from faults.forked import Ended, Processes, Running
from pgsluice import Table, Writer, WriterSettings
from pgsluice.state.cursors import CursorMovedError

if TYPE_CHECKING:
    from servers import Database

EVENTS = 60
STEP = 7
CURSOR = "events"
# The first has no key: a row that is written twice is there twice. In the second every delta counts.
TABLES = """
    CREATE TABLE entry (id bigint, text text);
    CREATE TABLE total (name text PRIMARY KEY, n bigint NOT NULL);
    CREATE TABLE latest (name text PRIMARY KEY, id bigint NOT NULL);
"""
DECLARED = {
    "entry": Table(),
    "total": Table(strategy="accumulate", backfill="accumulate"),
    "latest": Table(strategy="upsert", backfill="upsert", policies={"id": "greatest"}),
}
ARRAYS_ONLY = {"total": DECLARED["total"], "latest": DECLARED["latest"]}


def rows(table: str, start: int, end: int) -> list[tuple[Any, ...]]:
    """What events make of a table."""
    make: dict[str, Any] = {
        "entry": lambda number: (number, f"event {number}"),
        "total": lambda number: (f"name {number % STEP}", number),
        "latest": lambda number: (f"name {number % STEP}", number),
    }
    return [make[table](number) for number in range(start, end)]


async def put(writer: Writer, tables: dict[str, Table], start: int, end: int) -> None:
    """Write the events of one range."""
    async with writer.batch(CURSOR, start, end) as batch:
        for table in tables:
            await batch.write(table, rows(table, start, end))


async def live(dsn: str, tables: dict[str, Table] = DECLARED, **settings: Any) -> None:
    """Go on where the cursor is, up to the last event. Somebody else may have written a range meanwhile."""
    async with Writer(dsn, tables, settings=WriterSettings(**settings)) as writer:
        while (at := await writer.position(CURSOR) or 0) < EVENTS:
            try:
                await put(writer, tables, at, min(at + STEP, EVENTS))
            except CursorMovedError:
                continue


async def single(dsn: str, **settings: Any) -> None:
    """The same without COPY: each batch is one statement."""
    await live(dsn, ARRAYS_ONLY, **settings)


async def backfill(dsn: str, **settings: Any) -> None:
    """Write what is missing, side by side."""
    settings = {"sessions_max": 3} | settings
    async with Writer(dsn, DECLARED, context="backfill", settings=WriterSettings(**settings)) as writer:

        async def put_one(start: int, end: int) -> None:
            try:
                await put(writer, DECLARED, start, end)
            except CursorMovedError:
                return

        while gaps := await writer.gaps(CURSOR, 0, EVENTS):
            ranges = [(at, min(at + STEP, end)) for start, end in gaps for at in range(start, end, STEP)]
            await asyncio.gather(*(put_one(start, end) for start, end in ranges))


async def stream(dsn: str, **settings: Any) -> None:
    """The same with batches too large to be held."""
    await backfill(dsn, bytes_max=100, **settings)


SCENES = {"live": live, "single": single, "backfill": backfill, "stream": stream}


class WriterProcesses(Processes):
    """Starts scenes in processes of their own."""

    PROGRAM = Path(__file__).with_name("writer_zygote.py")


@dataclass
class Ingester:
    """One target and the processes that write to it."""

    processes: WriterProcesses
    database: Database
    directory: Path

    def __post_init__(self) -> None:
        self.target = Checker(self.database)
        self._outputs = 0

    def close(self) -> None:
        self.target.close()

    def reset(self) -> None:
        self.target.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = 'pgsluice writer' AND datname = current_database()"""
        )
        self.target.execute(
            "DROP SCHEMA IF EXISTS _pgsluice CASCADE; DROP TABLE IF EXISTS entry, total, latest;" + TABLES
        )

    def start(self, scene: str, *points: str, trace: Path | None = None, dsn: str | None = None) -> Running:
        """Start a scene; `points` are name:nth:action."""
        self._outputs += 1
        output = self.directory / f"output-{self._outputs}"
        environment = {
            "PGSLUICE_TESTING": "1",
            "PGSLUICE_TEST_POINT": ",".join(points),
            "PGSLUICE_TEST_POINT_FILE": str(trace or ""),
        }
        request = {"scene": scene, "dsn": dsn or self.database.dsn, "environment": environment}
        pid = self.processes.ask(**request, output=str(output))
        return Running(self.processes, pid, output)

    def run(self, scene: str, *points: str, trace: Path | None = None) -> Ended:
        return self.start(scene, *points, trace=trace).ended()

    def check_agreement(self) -> None:
        """What the cursor says is written is there, each row once, and nothing else is."""
        if self.target.value("SELECT to_regclass('_pgsluice.cursor') IS NULL"):
            assert self.target.value("SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM total)") == 0
            return
        said = """SELECT n::bigint FROM generate_series(0, $1 - 1) n
                   WHERE EXISTS (SELECT FROM _pgsluice.cursor c WHERE c.written @> n::bigint)"""
        if self.target.value("SELECT count(*) FROM entry"):
            assert self.target.fetch(f"(SELECT id FROM entry) EXCEPT ALL ({said})", EVENTS) == []
            assert self.target.fetch(f"({said}) EXCEPT ALL (SELECT id FROM entry)", EVENTS) == []
        wrong = self.target.fetch(
            f"""SELECT * FROM (SELECT 'name ' || n % {STEP} AS name, sum(n)::bigint AS n, max(n) AS id
                                 FROM ({said}) s (n) GROUP BY 1) s
                  FULL JOIN (SELECT name, t.n, l.id FROM total t FULL JOIN latest l USING (name)) f USING (name)
                 WHERE (s.n, s.id) IS DISTINCT FROM (f.n, f.id)""",
            EVENTS,
        )
        assert wrong == []

    def check_done(self, *, has_entries: bool = True) -> None:
        """Every event is written once."""
        self.check_agreement()
        assert self.target.value("SELECT written::text FROM _pgsluice.cursor") == f"{{[0,{EVENTS})}}"
        assert self.target.value("SELECT sum(n)::int FROM total") == sum(range(EVENTS))
        assert self.target.value("SELECT count(*) FROM entry") == (EVENTS if has_entries else 0)
