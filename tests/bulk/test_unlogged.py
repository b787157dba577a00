"""Unlogged tables: a crash of the target empties them and leaves their checkpoints, which must not be believed then."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from commands import KEEP, KEY
from pgsluice import api, points
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.pipeline.observer import Silent
from pgsluice.pipeline.settings import CopySettings, RetrySettings
from standby import running_standby

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commands import Shell

pytestmark = [pytest.mark.db, pytest.mark.chaos]

ROWS = 500
SOURCE = f"""
    CREATE UNLOGGED TABLE cache (id int PRIMARY KEY, v text);
    CREATE UNLOGGED TABLE part (id int REFERENCES cache, v text);
    CREATE TABLE fact (id int PRIMARY KEY, v text);
    INSERT INTO cache SELECT n, repeat('c' || n, 200) FROM generate_series(1, {ROWS}) n;
    INSERT INTO part SELECT n, repeat('p' || n, 100) FROM generate_series(1, {ROWS}) n;
    INSERT INTO fact SELECT n, 'f' || n FROM generate_series(1, {ROWS}) n;
    ANALYZE;
"""
TABLES = ("cache", "part", "fact")


class Told(Silent):
    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []

    def event(self, name: str, **facts: object) -> None:
        self.events.append((name, facts.get("table")))


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


def at(point: str, nth: int, act: Callable[[], Any]) -> None:
    """Do something when the run, which stands still for it, reaches a point."""
    points.arm(points.Traps([points.Trap(point, nth, act)]))


async def copy_here(shell: Shell, told: Told) -> api.CopyReport:
    return await api.copy(
        Dsn.parse(shell.source.dsn, role="source"),
        Dsn.parse(shell.target.dsn, role="target"),
        shell.rules(KEEP),
        Key(KEY),
        audit_directory=shell.audit_directory,
        settings=CopySettings(batch_rows=50, batch_bytes=1, retry=RetrySettings(delay_ms=20, delay_ms_max=500)),
        observer=told,
    )


def crash(shell: Shell) -> None:
    """Crash the target when all it acknowledged is on its disk: no commit is taken back, only unlogged rows."""
    shell.target.execute("CHECKPOINT")
    shell.target.server.crash()


def differences(shell: Shell) -> dict[str, tuple[object, object]]:
    """Tables whose rows differ, with what the source and the target have."""
    found = {}
    for table in TABLES:
        sql = f"SELECT count(*)::text || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY id)), '') FROM {table} t"
        sides = (shell.source.value(sql), shell.target.value(sql))
        if sides[0] != sides[1]:
            found[table] = sides
    return found


async def test_resume_after_a_crash_copies_unlogged_tables_again(shell: Shell) -> None:
    """Their checkpoints said that all rows were there, and the tables were empty."""
    shell.source.execute(SOURCE)
    doomed = replace(shell, environment={"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": "table-done:2:kill"})
    killed = doomed.copy(KEEP, "--batch-rows=50", "--batch-bytes=1")
    done = shell.target.value("SELECT count(*) FROM _pgsluice.table_run WHERE state = 'done'")
    crash(shell)
    emptied = shell.target.value("SELECT count(*) FROM cache")

    told = Told()
    report = await copy_here(shell, told)

    assert (killed.status, done, emptied) == (-signal.SIGKILL, 2, 0), killed.said
    assert not report.failed
    assert {table for name, table in told.events if name == "table-restarted"} == {"public.cache", "public.part"}
    assert differences(shell) == {}


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        ("commit-answered", 1),
        ("target-batch-counted", 4),
        ("commit-begins", 12),
        ("table-done", 3),
        ("run-end-begins", 1),
    ],
)
async def test_crash_within_a_run_copies_unlogged_tables_again(shell: Shell, point: str, nth: int) -> None:
    shell.source.execute(SOURCE)
    at(point, nth, lambda: crash(shell))

    report = await copy_here(shell, Told())

    assert not report.failed
    assert differences(shell) == {}
    assert shell.target.value("SELECT state FROM _pgsluice.run") == "done"


async def test_run_without_unlogged_tables_goes_on_after_the_same_crash(shell: Shell) -> None:
    shell.source.execute(SOURCE.replace("UNLOGGED", ""))
    at("commit-begins", 12, lambda: crash(shell))

    told = Told()
    report = await copy_here(shell, told)

    assert not report.failed
    assert differences(shell) == {}
    assert "table-restarted" not in dict(told.events)


def test_run_that_is_done_says_what_a_later_crash_took(shell: Shell) -> None:
    """It said that there was nothing to do, and two tables of three were empty."""
    shell.source.execute(SOURCE)
    done = shell.copy(KEEP)
    before = shell.copy(KEEP)
    crash(shell)

    after = shell.copy(KEEP)

    assert [ended.status for ended in (done, before, after)] == [0, 0, 0], after.said
    assert before.data["notes"] == []
    [note] = after.data["notes"]
    assert note.endswith('emptied unlogged tables since the run was done: "public.cache", "public.part"')
    assert f"note: {note}" in after.stderr
    assert shell.target.value("SELECT count(*) FROM cache") == 0


def test_copy_from_a_replica_leaves_unlogged_tables_out_by_name(shell: Shell) -> None:
    shell.source.execute(SOURCE)

    with running_standby(shell.source.server) as standby:
        ended = replace(shell, source=standby.database(shell.source)).copy(KEEP)
        planned = shell.run("plan", "--json", f"--source={standby.server.dsn(shell.source.name)}")

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT (SELECT count(*) FROM fact) - (SELECT count(*) FROM cache)") == ROWS
    reasons = {item["table"]: item["reason"] for item in planned.data["left_out"]}
    assert reasons == dict.fromkeys(
        ("public.cache", "public.part"), "an unlogged table: a replica does not have its rows"
    )


def test_plan_names_unlogged_tables_and_copy_makes_them_unlogged(shell: Shell) -> None:
    shell.source.execute(SOURCE)

    ended = shell.copy(KEEP)

    note = "unlogged tables, which any crash of the target empties: public.cache, public.part"
    unlogged = "SELECT array_agg(relname::text ORDER BY 1) FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'"
    assert ended.status == 0, ended.said
    assert note in ended.data["notes"]
    in_public = f"{unlogged} AND relnamespace = 'public'::regnamespace"
    assert shell.target.value(in_public) == ["cache", "part"]
