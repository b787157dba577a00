"""A writer that rejects rows is killed, or loses its answers: no row is lost or twice, and no record either."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.proxy import FaultProxy, Reset, Rule, Side, Swallow, When, is_commit_tag
from pgsluice import Rejects, Table, Writer, WriterSettings
from pgsluice.errors import ServerError
from pgsluice.pipeline.settings import RetrySettings
from pgsluice.writer.rejecting import RejectLimitError
from writer.rejecting_program import END, is_bad

if TYPE_CHECKING:
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos]

TABLE = "CREATE TABLE number (id int PRIMARY KEY, n int CHECK (n >= 0), note text)"
GOOD = [n for n in range(END) if not is_bad(n)]
BAD = [n for n in range(END) if is_bad(n)]
PROGRAM = Path(__file__).with_name("rejecting_program.py")
KILLS = [
    "writer-piece-begins:1:kill",
    "writer-piece-begins:25:kill",
    "writer-rejects-recorded:1:kill",
    "writer-rejects-recorded:3:kill",
    "writer-rejects-committed:2:kill",
]


def run(database: Database, strategy: str, context: str, place: str, point: str = "") -> int:
    environment = os.environ | {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": point}
    arguments = [sys.executable, str(PROGRAM), database.dsn, strategy, context, place]
    return subprocess.run(arguments, env=environment, check=False, timeout=120).returncode


@pytest.mark.parametrize(("strategy", "context"), [("upsert", "live"), ("auto", "backfill")])
@pytest.mark.parametrize("point", KILLS)
def test_killed_writer_loses_and_doubles_nothing(target_db: Database, strategy: str, context: str, point: str) -> None:
    target_db.execute(TABLE)

    killed = run(target_db, strategy, context, "public.rejects", point)
    ended = run(target_db, strategy, context, "public.rejects")

    assert (killed, ended) == (-signal.SIGKILL, 0)
    assert [row["id"] for row in target_db.fetch("SELECT id FROM number ORDER BY id")] == GOOD
    assert [row["id"] for row in target_db.fetch("SELECT (given->>'id')::int AS id FROM rejects ORDER BY 1")] == BAD


@pytest.mark.parametrize("point", KILLS[2:])
def test_file_of_a_killed_writer_has_every_record(target_db: Database, tmp_path: Path, point: str) -> None:
    target_db.execute(TABLE)
    place = tmp_path / "rejects.jsonl"

    killed = run(target_db, "upsert", "live", str(place), point)
    ended = run(target_db, "upsert", "live", str(place))

    # Records that were on disk before the kill and not committed come again, as records of another flush.
    records = [json.loads(line) for line in place.read_text().splitlines() if line.strip()]
    assert (killed, ended) == (-signal.SIGKILL, 0)
    assert [row["id"] for row in target_db.fetch("SELECT id FROM number ORDER BY id")] == GOOD
    assert sorted({int(record["given"]["id"]) for record in records}) == BAD
    assert len({(record["flush"], record["given"]["id"]) for record in records}) == len(records)


@pytest.mark.parametrize("strategy", ["upsert", "accumulate", "copy"])
@pytest.mark.parametrize("kind", ["table", "file"])
async def test_lost_answer_to_the_commit_records_nothing_twice(
    target_db: Database, tmp_path: Path, strategy: str, kind: str
) -> None:
    await target_db.aexecute("CREATE TABLE number (id int PRIMARY KEY CHECK (id < 100), n int)")
    path = tmp_path / "rejects"
    rejects = Rejects(table="rejects") if kind == "table" else Rejects(file=path)
    declared = {"number": Table(strategy=strategy, on_error="reject")}
    rule = Rule(When(Side.BACKEND, kind=b"C", payload=is_commit_tag), Swallow(then=Reset()))

    async with FaultProxy.before(target_db.dsn, [rule]) as proxy:
        async with Writer(proxy.dsn(target_db.dsn), declared, rejects=rejects) as writer:
            await writer.write("number", [(n, 1) for n in range(90, 110)])
            flushed = await writer.flush()
        await proxy.until_fired(rule)

    counted = await target_db.afetch("SELECT id, n FROM number ORDER BY id")
    assert [tuple(row) for row in counted] == [(n, 1) for n in range(90, 100)]
    assert (flushed.rejected, writer.rejected) == ({"number": 10}, 10)
    assert flushed.retries == 1
    if kind == "table":
        assert await target_db.avalue("SELECT array_agg(position ORDER BY id) FROM rejects") == list(range(10, 20))
    else:
        assert [json.loads(line)["position"] for line in path.read_text().splitlines()] == list(range(10, 20))


@pytest.mark.parametrize("kind", ["table", "file"])
async def test_flush_after_tries_ran_out_records_nothing_twice(target_db: Database, tmp_path: Path, kind: str) -> None:
    await target_db.aexecute("CREATE TABLE number (id int PRIMARY KEY CHECK (id < 100), n int)")
    path = tmp_path / "rejects"
    rejects = Rejects(table="rejects") if kind == "table" else Rejects(file=path)
    rule = Rule(When(Side.BACKEND, kind=b"C", payload=is_commit_tag), Swallow(then=Reset()))
    settings = WriterSettings(retry=RetrySettings(retries=0, delay_ms=1, delay_ms_max=1))

    async with FaultProxy.before(target_db.dsn, [rule]) as proxy:
        declared = {"number": Table(on_error="reject")}
        async with Writer(proxy.dsn(target_db.dsn), declared, settings=settings, rejects=rejects) as writer:
            await writer.write("number", [(n, 1) for n in range(90, 110)])
            with pytest.raises(ServerError):
                await writer.flush()
            await writer.flush()

    assert await target_db.avalue("SELECT count(*) FROM number") == 10
    if kind == "table":
        assert await target_db.avalue("SELECT count(*) FROM rejects") == 10
    else:
        assert len(path.read_text().splitlines()) == 10


async def test_deadlock_while_rows_are_looked_for_is_tried_again(target_db: Database) -> None:
    await target_db.aexecute(
        """CREATE TABLE number (id int PRIMARY KEY CHECK (id < 100), n int); CREATE SEQUENCE calls;
           CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF new.id = 95 AND nextval('calls') = 2 THEN RAISE 'again' USING ERRCODE = '40P01'; END IF;
             RETURN new; END $$;
           CREATE TRIGGER once BEFORE INSERT ON number FOR EACH ROW EXECUTE FUNCTION once()"""
    )

    async with Writer(
        target_db.dsn, {"number": Table(strategy="accumulate", on_error="reject")}, rejects=Rejects(table="rejects")
    ) as writer:
        await writer.write("number", [(n, 1) for n in range(90, 110)])
        flushed = await writer.flush()

    assert flushed.retries == 1
    assert await target_db.avalue("SELECT array_agg(n) FROM number") == [1] * 10
    assert await target_db.avalue("SELECT count(*) FROM rejects") == 10


async def test_one_refused_row_among_many_takes_few_statements(target_db: Database) -> None:
    # Its place is where halves need most steps: 2 log2 n tries, and each has a savepoint.
    await target_db.aexecute(
        """CREATE TABLE number (id int PRIMARY KEY, n int CHECK (n >= 0)); CREATE TABLE tries (id int);
           CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM nextval('calls'); RETURN NULL; END $$;
           CREATE SEQUENCE calls;
           CREATE TRIGGER told BEFORE INSERT ON number FOR EACH STATEMENT EXECUTE FUNCTION told()"""
    )

    async with Writer(target_db.dsn, {"number": Table(on_error="reject")}, rejects=Rejects(table="rejects")) as writer:
        await writer.write("number", [(n, -1 if n == 4_095 else 1) for n in range(8_192)])

    assert await target_db.avalue("SELECT count(*) FROM number") == 8_191
    assert await target_db.avalue("SELECT last_value FROM calls") <= 1 + 2 * 13


async def test_limit_is_found_out_early(target_db: Database) -> None:
    await target_db.aexecute("CREATE TABLE number (id int PRIMARY KEY, n int CHECK (n >= 0)); CREATE SEQUENCE calls")
    await target_db.aexecute(
        """CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM nextval('calls'); RETURN NULL; END $$;
           CREATE TRIGGER told BEFORE INSERT ON number FOR EACH STATEMENT EXECUTE FUNCTION told()"""
    )

    async with Writer(
        target_db.dsn, {"number": Table(on_error="reject")}, rejects=Rejects(table="rejects", rows_max=20)
    ) as writer:
        await writer.write("number", [(n, -1) for n in range(5_000)])
        with pytest.raises(RejectLimitError):
            await writer.flush()
        writer.discard()

    assert await target_db.avalue("SELECT last_value FROM calls") < 100
