"""Disks that fill up, files that cannot be written, timeouts of the role, and others at work on the same tables."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.told import Told
from pgsluice import points
from pgsluice.errors import AuditError, SluiceError
from pgsluice.sources import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.conftest import Rows
    from faults.copier import Copier

pytestmark = [pytest.mark.db, pytest.mark.chaos]
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        try:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", name], check=True)
        except subprocess.CalledProcessError:
            pytest.skip("cannot mount here")
        try:
            Path(name).chmod(0o777)
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for length in (1 << 20, 4096):
            with suppress(OSError):
                while os.write(descriptor, bytes(length)) == length:
                    pass
    finally:
        os.close(descriptor)


@is_root
async def test_full_target_is_not_tried_again_and_goes_on_when_there_is_room(copier: Copier, reference: Rows) -> None:
    told = Told()
    with small_disk("12m") as disk:
        place = disk / "space"
        place.mkdir()
        owner = copier.target.server.data_directory.stat()
        os.chown(place, owner.st_uid, owner.st_gid)
        copier.of_target.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        try:
            copier.of_target.execute("ALTER TABLE item SET TABLESPACE small")
            fill(disk / "filler")

            report = await copier.copy_here(observer=told)

            [failed] = report.failed
            assert failed.label == "public.item"
            assert getattr(failed.error, "sqlstate", "") == "53100"
            assert "Make room on the target" in str(failed.error and failed.error.hint)
            assert told.events["retry"] == 0
            assert {table.state for table in report.tables if table is not failed} == {"done"}
            copier.check_checkpoints_agree()

            (disk / "filler").unlink()
            again = await copier.copy_here()
            assert not again.failed
            copier.check_done(reference)
        finally:
            copier.of_target.execute("ALTER TABLE item SET TABLESPACE pg_default")
            copier.of_target.execute("DROP TABLESPACE small")


@pytest.mark.parametrize("limit_bytes", [700, 2_000, 3_001])
def test_row_without_its_record_in_the_file_is_not_committed(copier: Copier, reference: Rows, limit_bytes: int) -> None:
    ended = copier.copy(file_bytes_max=limit_bytes + 1)

    assert ended.status == 1, ended.output
    assert "could not write audit file" in ended.output
    assert "--audit-directory" in ended.output
    assert "internal error" not in ended.output
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)
    assert all(
        line.endswith("}") for path in copier.audit_directory.glob("*") for line in path.read_text().splitlines()
    )
    again = copier.copy()
    assert again.status == 0, again.output
    copier.check_done(reference)


@is_root
async def test_full_disk_of_ours_stops_the_run_before_a_row_without_record(copier: Copier, reference: Rows) -> None:
    place = copier.audit_directory
    with small_disk("8k") as disk:
        copier.audit_directory = disk / "audit"
        try:
            with pytest.raises(AuditError):
                await copier.copy_here()
            copier.check_checkpoints_agree()
            copier.check_audit(is_repaired=False)
            place.mkdir(exist_ok=True)
            for path in copier.audit_directory.glob("*"):
                (place / path.name).write_bytes(path.read_bytes())
        finally:
            copier.audit_directory = place
    assert not (await copier.copy_here()).failed
    copier.check_done(reference)


async def test_audit_directory_that_cannot_be_made_is_refused_before_the_first_row(copier: Copier) -> None:
    place = copier.audit_directory
    blocked = copier.directory / "blocked"
    blocked.write_text("a file")
    copier.audit_directory = blocked / "audit"
    try:
        with pytest.raises(AuditError, match="could not write audit file"):
            await copier.copy_here()
    finally:
        copier.audit_directory = place
        blocked.unlink()
    assert copier.of_target.value("SELECT count(*) FROM item") == 0


TIMEOUTS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
)


@pytest.mark.parametrize("side", ["source", "target"])
def test_timeouts_of_the_role_do_not_end_a_batch(copier: Copier, reference: Rows, side: str) -> None:
    checker = getattr(copier, f"of_{side}")
    database = checker.value("SELECT current_database()")
    known = {row["name"] for row in checker.fetch("SELECT name FROM pg_settings")}
    for name in known.intersection(TIMEOUTS):
        checker.execute(f"ALTER ROLE postgres IN DATABASE \"{database}\" SET {name} = '250ms'")
    try:
        # Every session of the run stands still for longer than that: within a batch, and between two.
        running = copier.start("target-batch-half-sent:4:stop", "batch-begins:6:stop", "source-chunk-received:14:stop")
        for _ in range(3):
            running.until_stopped()
            time.sleep(0.5)
            os.kill(running.pid, 18)
            time.sleep(0.02)
        ended = running.ended()
    finally:
        checker.execute(f'ALTER ROLE postgres IN DATABASE "{database}" RESET ALL')

    assert ended.status == 0, ended.output
    assert "retry" not in ended.output
    copier.check_done(reference)


async def test_isolation_of_the_role_does_not_matter(copier: Copier, reference: Rows) -> None:
    database = copier.of_target.value("SELECT current_database()")
    copier.of_target.execute(
        f"ALTER ROLE postgres IN DATABASE \"{database}\" SET default_transaction_isolation = 'serializable'"
    )
    try:
        report = await copier.copy_here()
    finally:
        copier.of_target.execute(f'ALTER ROLE postgres IN DATABASE "{database}" RESET ALL')

    assert not report.failed
    copier.check_done(reference)


async def test_writes_on_the_source_do_not_reach_a_copy_under_way(copier: Copier, reference: Rows) -> None:
    source = copier.of_source
    for table in ("item", "event", "kind"):
        source.execute(f"CREATE TEMPORARY TABLE kept_{table} AS TABLE {table}")

    def write() -> None:
        source.execute(
            """INSERT INTO item SELECT n, n, 'new', 'new' FROM generate_series(1000, 1100) n;
               UPDATE item SET note = 'changed', id = id + 100000 WHERE id % 2 = 0;
               DELETE FROM item WHERE id % 5 = 0;
               UPDATE event SET note = 'changed';
               DELETE FROM event WHERE who = 3;
               INSERT INTO event VALUES (1, now(), 'new');
               UPDATE kind SET note = 'changed'"""
        )

    points.arm(points.Traps([points.Trap("commit-answered", 5, write)]))
    try:
        report = await copier.copy_here()
    finally:
        points.arm(None)
        for table in ("item", "event", "kind"):
            source.execute(f"TRUNCATE {table}; INSERT INTO {table} TABLE kept_{table}; DROP TABLE kept_{table}")
        source.execute("ANALYZE")

    assert not report.failed
    assert report.snapshot_count == 1
    copier.check_done(reference)


@pytest.mark.parametrize(
    "statement", ["TRUNCATE kind", "ALTER TABLE kind ALTER code TYPE bigint", "DROP TABLE kind", "VACUUM FULL kind"]
)
async def test_change_of_a_source_table_waits_for_the_copy(copier: Copier, reference: Rows, statement: str) -> None:
    refused: list[str] = []

    def change() -> None:
        try:
            copier.of_source.execute(f"SET lock_timeout = '50ms'; {statement}")
        except Exception as error:  # noqa: BLE001 - asyncpg's class of the SQLSTATE is what is looked at
            refused.append(type(error).__name__)
        finally:
            copier.of_source.execute("RESET lock_timeout")

    points.arm(points.Traps([points.Trap("table-begins", 1, change), points.Trap("commit-answered", 6, change)]))

    report = await copier.copy_here()

    assert len(refused) == 2
    assert not report.failed
    copier.check_done(reference)


def test_lock_of_another_on_a_source_table_is_an_error_after_a_while(
    copier: Copier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "LOCK_TIMEOUT_MS", 200)
    copier.of_source.execute("BEGIN; LOCK TABLE kind IN ACCESS EXCLUSIVE MODE")
    try:
        with pytest.raises(SluiceError) as raised:
            asyncio.run(copier.copy_here(retries=1))
    finally:
        copier.of_source.execute("ROLLBACK")

    assert 'could not lock table "public.kind"' in raised.value.message
    assert "has ACCESS EXCLUSIVE" in (raised.value.detail or "")
    assert not copier.has_run()
    copier.check_no_residue()
