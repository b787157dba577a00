"""A streaming standby as source: what it allows, what it cancels, and what becomes of it when it is promoted."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from commands import KEEP, KEY, Shell
from pgsluice import api, points
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.pipeline.settings import CopySettings, RetrySettings
from servers import Database
from standby import running_standby

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pgsluice.embedded import Server
    from standby import Standby

pytestmark = pytest.mark.db

ROWS = 2000
TABLES = f"""
    CREATE TABLE item (id int PRIMARY KEY, note text, version int DEFAULT 0);
    INSERT INTO item SELECT n, repeat('note ' || n, 20) FROM generate_series(1, {ROWS}) n;
    CREATE TABLE event (note text);
    INSERT INTO event SELECT 'event ' || n FROM generate_series(1, 300) n;
    CREATE VIEW items AS SELECT * FROM item;
    CREATE UNIQUE INDEX ON item (note);
    ANALYZE;
"""
#: Rows that go and a vacuum behind them: what the standby replays, it cannot keep for a reader's snapshot.
VACUUM = "DELETE FROM item WHERE id % 10 = 0; UPDATE item SET version = version + 1"
SMALL = ("--batch-rows=100", "--batch-bytes=1")


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


class At:
    """Does something when a point of the copy is reached for the n-th time."""

    def __init__(self, name: str, nth: int, action: Callable[[], object]) -> None:
        self._name, self._left, self._action = name, nth, action

    def reached(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                self._action()


async def copy_here(shell: Shell) -> api.CopyReport:
    path = shell.rules(KEEP)
    return await api.copy(
        Dsn.parse(shell.source.dsn, role="source"),
        Dsn.parse(shell.target.dsn, role="target"),
        path,
        Key(KEY),
        audit_directory=shell.audit_directory,
        settings=CopySettings(
            batch_rows=100, batch_bytes=1, retry=RetrySettings(retries=5, delay_ms=50, delay_ms_max=500)
        ),
    )


def rows(database: Database, table: str) -> list[str]:
    return [row[0] for row in database.fetch(f"SELECT t::text FROM {table} AS t ORDER BY 1")]


def test_copy_from_a_standby_is_equal_and_says_so(shell: Shell, standby: Standby, primary_db: Database) -> None:
    primary_db.execute(TABLES)
    standby.until_replayed()

    ended = shell.copy(KEEP, *SMALL, "--jobs=2")

    assert ended.status == 0, ended.said
    for table in ("item", "event"):
        assert rows(shell.target, table) == rows(primary_db, table)
    assert shell.target.value("SELECT count(*) FROM items") == ROWS
    assert ended.data["consistency"]["class"] == "one snapshot"
    assert ended.data["consistency"]["replica"] is True
    assert "consistency: one snapshot, a replica as of " in ended.stderr


def test_standby_as_target_is_refused(shell: Shell, standby: Standby, source_db: Database) -> None:
    source_db.execute("CREATE TABLE t (id int PRIMARY KEY)")
    standby.until_replayed()

    ended = Shell(shell.directory, source_db, shell.source).copy(KEEP)

    assert ended.status == 3, ended.said
    assert "the target is read-only" in ended.stderr


async def test_recovery_conflict_is_retried_and_mixed_snapshots_are_said(
    shell: Shell, standby: Standby, primary_db: Database
) -> None:
    await primary_db.aexecute(TABLES)
    standby.until_replayed()

    def conflict() -> None:
        primary_db.execute(VACUUM)
        primary_db.execute("VACUUM item")
        standby.until_replayed()

    points.arm(At("source-batch-counted", 8, conflict))

    report = await copy_here(shell)

    assert not report.failed
    assert report.consistency.kind == "mixed snapshots"
    assert len(report.consistency.used) == 2
    found = await shell.target.afetch("SELECT id, version FROM item")
    # Rows copied before are as they were then, those after as they are now; none is there twice or never was.
    assert len({row["id"] for row in found}) == len(found)
    states = {(row["id"] % 10 == 0, row["version"]) for row in found}
    assert states == {(True, 0), (False, 0), (False, 1)}
    assert await shell.target.avalue("SELECT count(*) FROM event") == 300


async def test_promotion_while_copying_changes_no_row(primary_db: Database, shell: Shell) -> None:
    await primary_db.aexecute(TABLES)
    with running_standby(primary_db.server) as standby:
        source = standby.database(primary_db)

        def promote() -> None:
            standby.promote()
            source.execute("UPDATE item SET version = 7")

        points.arm(At("source-batch-counted", 5, promote))

        report = await copy_here(Shell(shell.directory, source, shell.target))

        assert not report.failed
        assert report.consistency.kind == "one snapshot"
        assert {row[0] for row in await shell.target.afetch("SELECT version FROM item")} == {0}


def test_promotion_between_kill_and_resume_is_said(primary_db: Database, shell: Shell) -> None:
    primary_db.execute(TABLES)
    with running_standby(primary_db.server) as standby:
        here = Shell(shell.directory, standby.database(primary_db), shell.target)
        # At a point of the copy and not after a time: rows of both timelines are wanted.
        point = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": "batch-begins:6:kill"}
        killed = Shell(here.directory, here.source, here.target, point).copy(KEEP, *SMALL)
        assert killed.status == -signal.SIGKILL, killed.said
        standby.promote()

        ended = here.copy(KEEP, *SMALL)
        status = here.run("status", f"--target={shell.target.dsn}")

    assert ended.status == 0, ended.said
    assert [moment["timeline"] for moment in ended.data["consistency"]["snapshots"]] == [1, 2]
    assert [moment["replica"] for moment in ended.data["consistency"]["snapshots"]] == [True, False]
    assert "the source was promoted in between" in ended.stderr
    assert "timeline 2" in status.stdout


def test_plan_tells_how_far_the_replica_is_and_what_it_cancels(
    shell: Shell, standby: Standby, primary_db: Database
) -> None:
    primary_db.execute(TABLES)
    standby.until_replayed()

    def notes() -> str:
        path = shell.rules(KEEP)
        ended = shell.run("plan", f"--source={shell.source.dsn}", f"--target={shell.target.dsn}", f"--rules={path}")
        assert ended.status == 0, ended.said
        return " ".join(ended.stdout.split())

    running = notes()
    standby.server.psql("SELECT pg_wal_replay_pause()")
    try:
        primary_db.execute("DELETE FROM event")
        standby.until("SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn() AND pg_is_wal_replay_paused()")
        paused = notes()
    finally:
        standby.server.psql("SELECT pg_wal_replay_resume()")

    assert re.search(r"rows are as of what it has replayed: its last commit is \d+ s old, 0 bytes of WAL wait", running)
    assert "cancels readers that are in the way of its replay for longer than 0 s" in running
    assert re.search(r"[\d,]{2,} bytes of WAL wait to be replayed, replay is paused", paused)
    assert "cancels readers" not in paused


def test_snapshot_lost_while_pg_dump_reads_is_taken_anew(
    tmp_path: Path, primary_db: Database, target_db: Database, primary: Server
) -> None:
    """A replica that replays a vacuum ends every session that has an older snapshot, pg_dump's too."""
    primary_db.execute(TABLES)
    programs = tmp_path / "bin"
    programs.mkdir()
    end = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name LIKE 'pgsluice%' AND datname = current_database()"
    )
    real = primary.binaries
    (programs / "pg_dump").write_text(
        f"""#!/bin/sh
            [ "$1" != --version ] || exec "{real}/pg_dump" --version
            if mkdir "{tmp_path}/lost" 2>&-; then "{real}/psql" -qAtX "{primary_db.dsn}" -c "{end}" >&2; fi
            exec "{real}/pg_dump" "$@"
        """
    )
    (programs / "pg_dump").chmod(0o755)
    shell = Shell(tmp_path, primary_db, target_db, {"PGSLUICE_POSTGRES_BIN": str(programs)})

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert (tmp_path / "lost").exists()
    assert "snapshot-renewed" in ended.stderr
    assert ended.data["consistency"]["class"] == "one snapshot"
    assert rows(target_db, "item") == rows(primary_db, "item")
