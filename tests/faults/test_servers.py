"""Servers that end sessions, crash or are away for a while: the run goes on by itself and says what it lost."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from faults.told import Told
from pgsluice import points
from pgsluice.errors import SluiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.conftest import Rows
    from faults.copier import Copier

pytestmark = [pytest.mark.db, pytest.mark.chaos]

OURS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'pgsluice%'"
HERE = f"{OURS} AND datname = current_database()"
HOLDER = f"""{HERE} AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'kind'::regclass)
             AND pid = (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgsluice%'
                           AND datname = current_database() ORDER BY backend_start LIMIT 1)"""
LOCK_HOLDER = f"{HERE} AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
# A point and the times at which it is reached: in the first table, in the one without a key, in the last.
PLACES = [
    ("table-begins", 1),
    ("source-copy-begins", 3),
    ("source-batch-counted", 3),
    ("batch-masked", 5),
    ("target-batch-half-sent", 3),
    ("target-batch-counted", 5),
    ("commit-begins", 4),
    ("commit-answered", 6),
    ("source-batch-counted", 12),
    ("target-batch-counted", 12),
    ("table-copied", 2),
    ("run-end-begins", 1),
]
IDS = [f"{point}-{nth}" for point, nth in PLACES]


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


def at(point: str, nth: int, act: Callable[[], Any]) -> points.Traps:
    """Do something, while the run stands still, when it reaches a point."""

    def do() -> None:
        act()

    traps = points.Traps([points.Trap(point, nth, do)])
    points.arm(traps)
    return traps


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize(("point", "nth"), PLACES, ids=IDS)
async def test_sessions_ended_by_the_server_are_opened_anew(
    copier: Copier, reference: Rows, side: str, point: str, nth: int
) -> None:
    checker = getattr(copier, f"of_{side}")
    traps = at(point, nth, lambda: checker.fetch(HERE))

    report = await copier.copy_here()

    assert traps.counts[point] >= nth
    assert not report.failed
    copier.check_done(reference)
    if side == "source" and point != "run-end-begins":
        assert report.snapshot_count == 2
        assert copier.of_target.value("SELECT snapshot_count FROM _pgsluice.run") == 2


@pytest.mark.parametrize(("point", "nth"), [("source-copy-begins", 3), ("batch-done", 11), ("table-copied", 1)])
async def test_snapshot_holder_lost_is_a_second_snapshot_and_said(
    copier: Copier, reference: Rows, point: str, nth: int
) -> None:
    told = Told()
    at(point, nth, lambda: copier.of_source.fetch(HOLDER))

    report = await copier.copy_here(observer=told)

    assert not report.failed
    assert report.snapshot_count == 2
    assert told.events["snapshot-renewed"] == 1
    copier.check_done(reference)
    records = 'SELECT count(*) FROM _pgsluice.audit WHERE record LIKE \'%"event":"snapshot-renewed"%\''
    assert copier.of_target.value(records) == 1


async def test_table_without_a_key_starts_again_in_a_new_snapshot(copier: Copier, reference: Rows) -> None:
    told = Told()
    at("source-batch-counted", 12, lambda: copier.of_source.fetch(HERE))

    report = await copier.copy_here(observer=told)

    assert not report.failed
    assert told.events["table-restarted"] == 1
    copier.check_done(reference)


async def test_table_emptied_while_the_snapshot_was_lost_is_not_read_by_the_old_one(copier: Copier) -> None:
    """A session kept from the table before would see the old snapshot, and of an emptied table nothing."""

    def lose_and_empty() -> None:
        copier.of_source.fetch(HOLDER)
        copier.of_source.execute("CREATE TABLE kind_kept AS TABLE kind; TRUNCATE kind")
        copier.of_source.execute("INSERT INTO kind SELECT * FROM kind_kept WHERE id <= 30; DROP TABLE kind_kept")

    kind = copier.of_source.fetch("SELECT id, relation::text, code, note FROM kind")
    try:
        at("table-copied", 2, lose_and_empty)

        report = await copier.copy_here()

        assert not report.failed
        assert report.snapshot_count == 2
        assert copier.of_target.value("SELECT count(*) FROM kind") == 30
    finally:
        copier.of_source.execute("TRUNCATE kind")
        for row in kind:
            copier.of_source.fetch("INSERT INTO kind VALUES ($1, $2::text::regtype, $3, $4)", *row)


async def test_table_changed_while_the_snapshot_was_lost_is_not_copied(copier: Copier) -> None:
    def lose_and_change() -> None:
        copier.of_source.fetch(HOLDER)
        copier.of_source.execute("ALTER TABLE kind ALTER code TYPE bigint")

    try:
        at("table-copied", 2, lose_and_change)

        try:
            report = await copier.copy_here()
            message = str(report.failed[0].error)
        except SluiceError as error:
            message = str(error)

        assert "changed while its snapshot was lost" in message
        assert copier.of_target.value("SELECT count(*) FROM kind") == 0
    finally:
        copier.of_source.execute("ALTER TABLE kind ALTER code TYPE int; ANALYZE kind")


async def test_lock_session_lost_is_opened_anew(copier: Copier, reference: Rows) -> None:
    at("batch-masked", 4, lambda: copier.of_target.fetch(LOCK_HOLDER))

    report = await copier.copy_here()

    assert not report.failed
    assert report.snapshot_count == 1
    copier.check_done(reference)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize(
    ("point", "nth"), [("source-batch-counted", 4), ("commit-begins", 6), ("target-batch-counted", 12)]
)
async def test_crash_of_a_server_is_gone_through(
    copier: Copier, reference: Rows, side: str, point: str, nth: int
) -> None:
    """A backend that is killed takes every session with it, and the server recovers."""
    server = getattr(copier, side).server
    at(point, nth, server.crash)

    report = await copier.copy_here(retries=6)

    assert not report.failed
    copier.check_done(reference)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("way", ["killed", "restarted"])
async def test_server_that_comes_back_in_time_is_waited_for(
    copier: Copier, reference: Rows, side: str, way: str
) -> None:
    server = getattr(copier, side).server
    tasks: list[asyncio.Future[None]] = []
    loop = asyncio.get_running_loop()

    def away() -> None:
        server.kill() if way == "killed" else server.stop("fast")
        tasks.append(loop.run_in_executor(None, server.start))

    at("batch-masked", 5, away)

    report = await copier.copy_here(retries=9)
    await asyncio.gather(*tasks)

    assert not report.failed
    copier.check_done(reference)


async def test_server_that_does_not_come_back_ends_the_run_and_the_next_one_finishes(
    copier: Copier, reference: Rows
) -> None:
    at("batch-masked", 5, copier.target.server.kill)
    with pytest.raises(SluiceError) as raised:
        await copier.copy_here(retries=2)
    points.arm(None)
    assert raised.value.exit_status == 4
    assert "could not connect to the target" in raised.value.message
    copier.target.server.start()
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False, target_crashed=True)

    ended = copier.copy()

    assert ended.status == 0, ended.output
    copier.check_done(reference)


def test_nothing_listens_is_said_at_once(copier: Copier) -> None:
    ended = copier.copy(target="postgresql://nobody@127.0.0.1:1/nowhere")

    assert ended.status == 4
    assert "could not connect to the target" in ended.output
    assert not copier.has_run()


@pytest.mark.parametrize("side", ["source", "target"])
async def test_full_server_is_waited_for_and_then_said(copier: Copier, reference: Rows, side: str) -> None:
    """max_connections is reached: somebody leaves, or the run ends with exit status 4."""
    database = getattr(copier, side)
    role = "CREATE ROLE crowd LOGIN CONNECTION LIMIT 1 PASSWORD 'crowd'; ALTER ROLE crowd SUPERUSER"
    checker = getattr(copier, f"of_{side}")
    checker.execute(role)
    try:
        dsn = database.dsn.replace(database.dsn.split("//")[1].split("@")[0], "crowd:crowd")
        # A superuser is not limited by a role's number, but a database's holds for the others.
        checker.execute("ALTER ROLE crowd NOSUPERUSER; GRANT ALL ON ALL TABLES IN SCHEMA public TO crowd")
        guest = await asyncpg.connect(dsn)
        try:
            with pytest.raises(SluiceError) as raised:
                await copier.copy_here(**{side: dsn}, retries=1)
            assert raised.value.exit_status == 4
            assert "53300" in (raised.value.detail or "")
        finally:
            await guest.close()
    finally:
        checker.execute("DROP OWNED BY crowd; DROP ROLE crowd")
    report = await copier.copy_here()
    assert not report.failed
    copier.check_done(reference)


def test_stopped_process_survives_a_crash_of_the_target(copier: Copier, reference: Rows) -> None:
    running = copier.start("commit-begins:7:stop")
    running.until_stopped()
    copier.target.server.crash()

    os.kill(running.pid, signal.SIGCONT)

    ended = running.ended()
    assert ended.status == 0, ended.output
    copier.check_done(reference)


async def test_commits_that_a_crash_takes_back_are_made_again(copier: Copier, reference: Rows) -> None:
    """Commits do not wait for the disk: after a crash batches in the middle were gone and nobody asked for them."""
    told = Told()

    def rewind() -> None:
        # What a crash does when the last batches were not on the disk: rows and checkpoints go together.
        copier.of_target.execute(
            """DELETE FROM item WHERE id > 3 * 60;
               DELETE FROM _pgsluice.batch WHERE batch_number > 3;
               DELETE FROM _pgsluice.audit WHERE sequence > 5"""
        )

    at("batch-begins", 7, rewind)

    report = await copier.copy_here(observer=told)

    assert not report.failed
    assert told.events["run-rewound"] >= 1
    copier.check_done(reference)
