"""A replica as the source: it has moments of its own, ends readers that are in its way, and may become a primary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP, Shell
from servers import fresh_database, running_server
from snapshot.living import ACCOUNTS, Told, at, copy_here
from standby import running_standby
from stopping import kill
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Database
    from standby import Standby

pytestmark = [pytest.mark.db, pytest.mark.chaos]

SMALL = ("--batch-rows=50", "--batch-bytes=1", "--no-analyze")


@pytest.fixture(scope="module")
def primary() -> Iterator[Database]:
    """A database of a primary of its own: its standby may be promoted, and shared ones keep their time."""
    with running_server() as server, fresh_database(server, "primary") as database:
        database.execute(ACCOUNTS)
        yield database


@pytest.fixture(scope="module")
def standby(primary: Database) -> Iterator[Standby]:
    """A standby that ends whoever is in the way of its replay, at once; the last test promotes it."""
    with running_standby(primary.server, max_standby_streaming_delay=0, hot_standby_feedback=False) as found:
        found.until_replayed()
        yield found


@pytest.fixture
def shell(tmp_path: Path, primary: Database, standby: Standby, target_db: Database) -> Shell:
    """A user who copies from the standby."""
    return Shell(tmp_path, standby.database(primary), target_db)


async def test_snapshot_that_the_replay_ends_is_a_second_one_and_said(
    shell: Shell, primary: Database, standby: Standby
) -> None:
    told = Told()

    def clean_up() -> None:
        primary.execute("DELETE FROM account WHERE id > 1990")
        primary.execute("VACUUM account")
        standby.until_replayed()

    report = await copy_here(shell, at("source-batch-counted", 10, clean_up), told=told)

    assert not report.failed
    assert (report.consistency.kind, report.consistency.is_replica) == ("mixed snapshots", True)
    assert [snapshot.moment.is_replica for snapshot in report.consistency.snapshots] == [True, True]
    assert len(told.events["snapshot-renewed"]) == 1
    assert shell.target.value("SELECT count(*) FROM account") == 1990


def test_replica_that_was_promoted_is_another_timeline_and_said(shell: Shell, standby: Standby) -> None:
    kill(shell, shell.copy_arguments(KEEP, *SMALL, "--hold-snapshot"))
    holder = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgsluice holder of %'"
    assert shell.source.value(holder) == 1
    released = shell.run("release", f"--source={shell.source.dsn}", f"--target={shell.target.dsn}")
    assert released.status == 0, released.said
    until(lambda: shell.source.value(holder) == 0)
    standby.promote()

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert "timeline-changed snapshot=2 was=1 now=2" in ended.stderr
    assert [snapshot["timeline"] for snapshot in ended.data["consistency"]["snapshots"]] == [1, 2]
    assert [snapshot["replica"] for snapshot in ended.data["consistency"]["snapshots"]] == [True, False]
    assert ": a replica as of " in ended.stderr
    assert shell.target.value("SELECT count(*) FROM account") == shell.source.value("SELECT count(*) FROM account")
