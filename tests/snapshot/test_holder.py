"""`copy --hold-snapshot`: a killed copy goes on under the same snapshot, and nothing of the holder stays behind."""

from __future__ import annotations

import os
import re
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from commands import KEEP, Shell
from servers import fresh_database
from stopping import kill, stop
from waiting import until

if TYPE_CHECKING:
    from pgsluice.embedded import Server
    from servers import Database
    from snapshot.holders import Holders

pytestmark = [pytest.mark.db, pytest.mark.chaos]

SMALL = ("--batch-rows=50", "--batch-bytes=1", "--no-analyze")
HOLD = (*SMALL, "--hold-snapshot")
#: A table by key and one by place, which a new snapshot would begin again; the larger one comes first.
TABLES = "CREATE TABLE keyed (id int PRIMARY KEY, note text); CREATE TABLE placed (number int, note text);"
ROWS = """
    INSERT INTO keyed SELECT n, repeat('note ' || n, 20) FROM generate_series(1, 1000) AS n;
    INSERT INTO placed SELECT n, 'placed ' || n FROM generate_series(1, 1000) AS n;
    ANALYZE;
"""
KEYED_BATCHES = 20
#: What changes every row and leaves others in their places, if a snapshot does not keep them.
CHANGES = """
    UPDATE keyed SET note = 'changed'; DELETE FROM keyed WHERE id % 3 = 0;
    INSERT INTO keyed SELECT n, 'new' FROM generate_series(5001, 5100) AS n;
    DELETE FROM placed WHERE number % 2 = 0;
"""


def make(shell: Shell) -> None:
    """Make the tables on both sides: no schema has to be carried over, which takes longer than the rows."""
    shell.source.execute(TABLES + ROWS)
    shell.target.execute(TABLES)


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(tuple(row) for row in database.fetch(f"SELECT * FROM {table}")) for table in ("keyed", "placed")
    }


def status(shell: Shell, *arguments: str) -> Any:
    return shell.run("status", "--json", f"--target={shell.target.dsn}", *arguments).data[0]


@pytest.mark.parametrize("resumed_with", [(), ("--hold-snapshot",)], ids=["plainly", "holding"])
def test_killed_copy_goes_on_under_the_snapshot_that_is_held(
    shell: Shell, holders: Holders, resumed_with: tuple[str, ...]
) -> None:
    make(shell)
    before = rows(shell.source)
    kill(shell, shell.copy_arguments(KEEP, *HOLD), batches=KEYED_BATCHES + 5)
    holder = holders.one()
    shell.source.execute(CHANGES)

    ended = shell.copy(KEEP, *resumed_with)

    assert (ended.status, "snapshot-joined" in ended.stderr) == (0, True), ended.said
    assert ended.data["consistency"]["class"] == "one snapshot"
    assert ended.data["snapshots"] == 1
    assert "table-restarted" not in ended.stderr
    assert rows(shell.target) == before
    until(lambda: holder not in holders.pids)
    holders.until_gone()


def test_killed_twice_the_same_holder_serves_again(shell: Shell, holders: Holders) -> None:
    make(shell)
    before = rows(shell.source)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    holder = holders.one()
    shell.source.execute(CHANGES)
    kill(shell, shell.copy_arguments(KEEP, *SMALL), batches=10)

    assert holders.one() == holder
    assert shell.copy(KEEP).data["consistency"]["class"] == "one snapshot"
    assert rows(shell.target) == before
    holders.until_gone()


def test_copy_that_is_not_killed_leaves_no_holder(shell: Shell, holders: Holders) -> None:
    make(shell)

    ended = shell.copy(KEEP, *HOLD)

    assert (ended.status, "snapshot-released" in ended.stderr) == (0, True), ended.said
    assert (holders.pids, holders.sessions) == ([], [])
    assert ended.data["consistency"]["snapshots"][0]["holder"] is None
    assert status(shell)["consistency"]["holder_alive"] is None


def test_refused_copy_starts_no_holder(shell: Shell, holders: Holders) -> None:
    make(shell)

    ended = shell.copy("", "--hold-snapshot")

    assert ended.status == 3, ended.said
    assert (holders.pids, holders.sessions) == ([], [])


def test_interrupted_copy_leaves_the_holder_and_says_so(shell: Shell, holders: Holders) -> None:
    make(shell)

    ended = stop(shell, shell.copy_arguments(KEEP, *HOLD), signal.SIGINT)

    assert (ended.status, "snapshot-stays-held" in ended.stderr) == (130, True), ended.said
    holders.one()
    assert status(shell, f"--source={shell.source.dsn}")["consistency"]["holder_alive"] is True
    assert status(shell)["consistency"]["holder_alive"] is None
    told = shell.run("status", f"--target={shell.target.dsn}", f"--source={shell.source.dsn}").stdout
    assert re.search(r'held +by "pgsluice holder of .*", session \d+ .* until .*Z at the latest: is alive', told), told


def test_release_ends_the_holder_and_the_next_copy_says_that_snapshots_are_mixed(
    shell: Shell, holders: Holders
) -> None:
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    holders.one()

    released = shell.run("release", f"--source={shell.source.dsn}", f"--target={shell.target.dsn}")

    assert (released.status, released.stderr.startswith("released the snapshot of ")) == (0, True), released.said
    holders.until_gone()
    again = shell.run("release", f"--source={shell.source.dsn}", f"--target={shell.target.dsn}")
    assert (again.status, "nothing to release" in again.stderr) == (0, True), again.said
    assert shell.copy(KEEP).data["consistency"]["class"] == "mixed snapshots"


def test_holder_that_was_killed_is_a_new_snapshot_and_said(shell: Shell, holders: Holders) -> None:
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    os.kill(holders.one(), signal.SIGKILL)
    holders.until_gone()

    ended = shell.copy(KEEP, "--hold-snapshot")

    assert (ended.status, "snapshot-lost" in ended.stderr) == (0, True), ended.said
    assert ended.data["consistency"]["class"] == "mixed snapshots"
    assert len(ended.data["consistency"]["snapshots"]) == 2
    assert ended.data["consistency"]["mixed_tables"]
    assert "consistency: mixed snapshots, the rows are of 2 moments" in ended.stderr
    holders.until_gone()


@pytest.mark.parametrize("way", ["session ended", "server restarted", "SIGTERM"])
def test_holder_ends_with_its_session_and_when_it_is_told(shell: Shell, holders: Holders, way: str) -> None:
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    pid = holders.one()

    if way == "session ended":
        shell.source.execute("SELECT pg_terminate_backend($1)", holders.sessions[0]["pid"])
    elif way == "server restarted":
        shell.source.server.restart()
    else:
        os.kill(pid, signal.SIGTERM)

    holders.until_gone()


def test_holder_ends_when_its_time_is_over(shell: Shell, holders: Holders) -> None:
    make(shell)

    kill(shell, shell.copy_arguments(KEEP, *HOLD, f"--hold-hours={6 / 3600}"))

    holders.until_gone()
    ended = shell.copy(KEEP)
    assert (ended.status, "snapshot-lost" in ended.stderr) == (0, True), ended.said


def test_server_ends_the_session_of_a_holder_that_is_stopped(shell: Shell, holders: Holders) -> None:
    """The server's own limit is what helps when the holder's machine is gone; here only that it is set."""
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD, "--hold-hours=2"))
    holders.one()

    [session] = holders.sessions

    assert session["query"] == "SET idle_in_transaction_session_timeout = 7260000"


@pytest.mark.parametrize("where", ["uri", "environment"])
def test_holder_shows_no_secret(shell: Shell, holders: Holders, where: str) -> None:
    make(shell)
    password = urlsplit(shell.source.dsn).password
    assert password is not None
    key = shell.key_file().read_text()
    environment = {"PGSLUICE_KEY": key} | ({"PGPASSWORD": password} if where == "environment" else {})
    shell = Shell(shell.directory, shell.source, shell.target, environment)
    arguments = shell.copy_arguments(KEEP, *HOLD)
    if where == "environment":
        arguments = [argument.replace(f":{password}@", "@") for argument in arguments]
    kill(shell, arguments)
    pid = holders.one()

    process_files = Path(f"/proc/{pid}")
    assert password.encode() not in (process_files / "cmdline").read_bytes()
    if os.geteuid() == 0:
        found = (process_files / "environ").read_bytes()
        assert b"PATH=" in found
        assert password.encode() not in found
        assert key.encode() not in found
        assert b"PGSLUICE_" not in found
    else:
        with pytest.raises(PermissionError):
            (process_files / "environ").read_bytes()
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    assert password not in str(shell.target.fetch("SELECT * FROM _pgsluice.snapshot"))


def test_holder_is_small_and_idle(shell: Shell, holders: Holders) -> None:
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    pid = holders.one()

    found = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)

    assert int(found["RssAnon"].split()[0]) < 32 * 1024
    assert int(found["Threads"]) == 1


def test_copies_to_two_targets_have_holders_of_their_own(
    shell: Shell, holders: Holders, target_server: Server, tmp_path: Path
) -> None:
    make(shell)
    with fresh_database(target_server, "other") as target:
        (tmp_path / "other").mkdir()
        target.execute(TABLES)
        other = Shell(tmp_path / "other", shell.source, target)
        kill(shell, shell.copy_arguments(KEEP, *HOLD))
        first = holders.one()
        kill(other, other.copy_arguments(KEEP, *HOLD))
        until(lambda: len(holders.sessions) == 2)
        assert len(holders.pids) == 2

        assert shell.copy(KEEP).data["consistency"]["class"] == "one snapshot"

        until(lambda: first not in holders.pids)
        assert len(holders.sessions) == 1
        assert other.copy(KEEP).data["consistency"]["class"] == "one snapshot"
        holders.until_gone()


def test_restart_ends_the_holder_of_the_run_that_it_replaces(shell: Shell, holders: Holders) -> None:
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    holders.one()
    shell.source.execute(CHANGES)

    ended = shell.copy(KEEP, "--restart")

    assert ended.status == 0, ended.said
    assert ended.data["consistency"]["class"] == "one snapshot"
    assert rows(shell.target) == rows(shell.source)
    holders.until_gone()


def test_holder_left_behind_at_the_very_end_goes_with_the_next_call(shell: Shell, holders: Holders) -> None:
    make(shell)
    environment = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": "run-done:1:kill"}
    killed = Shell(shell.directory, shell.source, shell.target, environment).copy(KEEP, "--hold-snapshot")
    assert killed.status == -signal.SIGKILL, killed.said
    holders.one()

    ended = shell.copy(KEEP)

    assert (ended.status, ended.data["already_done"]) == (0, True), ended.said
    holders.until_gone()


def test_names_that_somebody_wrote_into_the_target_are_not_run_and_end_no_session(
    shell: Shell, holders: Holders
) -> None:
    """The target's owner is not the source's: what it says may join and end a holder of ours, and nothing else."""
    make(shell)
    kill(shell, shell.copy_arguments(KEEP, *HOLD))
    holders.one()
    guest = shell.source.value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    shell.target.execute(
        f"""UPDATE _pgsluice.snapshot SET holder_pid = {guest}, application_name = '',
               snapshot_name = $$00000001-00000001-1'; CREATE TABLE canary (); --$$"""
    )

    released = shell.run("release", f"--source={shell.source.dsn}", f"--target={shell.target.dsn}")
    ended = shell.copy(KEEP)

    assert (released.status, "gone already" in released.stderr) == (0, True), released.said
    assert ended.data["consistency"]["class"] == "mixed snapshots"
    assert shell.source.value("SELECT to_regclass('canary') IS NULL")
    assert len(holders.sessions) == 1
