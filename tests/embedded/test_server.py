"""The launcher against real servers: what runs, as whom, and that nothing is left."""

from __future__ import annotations

import os
import pwd
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from embedded.ports import is_listening
from pgsluice.embedded import Server, processes
from pgsluice.errors import EmbeddedServerError
from servers import SETTINGS
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.db

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """One server for the tests that leave it as they found it: running, or brought back."""
    with Server({**SETTINGS, "work_mem": "5MB", "application.note": "it's a \\ and a\nline"}) as server:
        yield server


def test_start_settings_are_applied(shared: Server) -> None:
    found = shared.psql("SHOW work_mem; SHOW fsync; SHOW shared_buffers; SHOW application.note")

    assert found == "5MB\noff\n64MB\nit's a \\ and a\nline"


def test_start_cluster_is_utf8_and_sorts_by_code_point(shared: Server) -> None:
    found = shared.psql("SHOW server_encoding; SELECT 'a' < 'B' COLLATE \"default\"; SHOW timezone")

    assert found == "UTF8\nf\nUTC"


def test_start_twice_keeps_the_server(shared: Server) -> None:
    pid = shared.pid

    shared.start()

    assert shared.pid == pid


def test_version_is_that_of_the_server(shared: Server) -> None:
    found = int(shared.psql("SHOW server_version_num"))

    assert shared.major == found // 10000
    assert shared.psql("SHOW server_version").split()[0] == shared.version


@pytest.mark.parametrize("is_socket", [False, True])
async def test_dsn_of_either_kind_lets_in(shared: Server, is_socket: bool) -> None:
    connection = await asyncpg.connect(shared.dsn(socket=is_socket))
    try:
        address = await connection.fetchval("SELECT inet_server_addr()")
    finally:
        await connection.close()

    assert (address is None) == is_socket


async def test_dsn_with_another_password_is_refused(shared: Server) -> None:
    dsn = shared.dsn().replace("postgres:", "postgres:x", 1)

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn)


def test_repr_hides_the_password(shared: Server) -> None:
    password = shared.dsn().split(":")[2].split("@")[0]

    assert password not in repr(shared)
    assert password not in shared.log_path.read_text()
    assert not (shared.data_directory.parent / "password").exists()


@pytest.mark.parametrize("name", ["plain", 'a "quoted" one', "it's; DROP", "ключ/?&% \\"])
async def test_create_database_any_name_can_be_connected_to(shared: Server, name: str) -> None:
    shared.create_database(name)

    connection = await asyncpg.connect(shared.dsn(name))
    try:
        found = await connection.fetchval("SELECT current_database()")
    finally:
        await connection.close()
    assert found == shared.psql("SELECT current_database()", database=name) == name


def test_psql_refused_statement_tells_only_the_sqlstate(shared: Server) -> None:
    with pytest.raises(EmbeddedServerError) as caught:
        shared.psql("SELECT 'hush'::int")

    assert str(caught.value) == "server refused a statement, SQLSTATE 22P02"
    assert "hush" not in repr(caught.value.__dict__)


@needs_root
def test_start_as_root_drops_to_another_user(shared: Server) -> None:
    process, data = Path(f"/proc/{shared.pid}"), shared.data_directory

    assert process.stat().st_uid != 0
    assert "Groups:\t \n" in (process / "status").read_text()
    assert (data.stat().st_uid, data.stat().st_mode & 0o777) == (process.stat().st_uid, 0o700)
    assert data.parent.stat().st_uid == 0


def test_files_other_users_cannot_read(shared: Server) -> None:
    files = shared.data_directory.parent

    modes = {path.name: path.stat().st_mode & 0o077 for path in files.iterdir()}

    assert files.stat().st_mode & 0o066 == 0
    assert set(modes.values()) == {0}, modes


async def test_crash_sessions_end_and_committed_rows_stay(shared: Server) -> None:
    shared.psql("CREATE TABLE crashed (id int); INSERT INTO crashed VALUES (1), (2)")
    connection = await asyncpg.connect(shared.dsn())
    pid = shared.pid

    shared.crash(await connection.fetchval("SELECT pg_backend_pid()"))

    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()
    assert shared.psql("SELECT count(*) FROM crashed") == "2"
    assert shared.pid == pid


def test_crash_without_a_backend_recovers(shared: Server) -> None:
    started = shared.psql("SELECT pg_postmaster_start_time()")

    shared.crash()

    assert shared.psql("SELECT pg_postmaster_start_time()") == started
    assert "server process" in shared.log_path.read_text() or "was terminated by signal 9" in (
        shared.log_path.read_text()
    )


def test_crash_of_a_foreign_process_is_refused(shared: Server) -> None:
    with pytest.raises(EmbeddedServerError, match="not a child"):
        shared.crash(os.getpid())


def test_kill_then_start_recovers_on_the_same_port(shared: Server) -> None:
    shared.psql("CREATE TABLE killed (id int); INSERT INTO killed VALUES (1), (2), (3)")
    pid, port, children = shared.pid, shared.port, list(processes.list_children(shared.pid))

    shared.kill()

    assert not shared.is_running
    assert not any(processes.is_running(child) for child in [pid, *children])
    assert not is_listening(port)

    shared.start()

    assert (shared.port, shared.psql("SELECT count(*) FROM killed")) == (port, "3")


def test_start_after_a_foreign_kill_of_the_postmaster_recovers(shared: Server) -> None:
    os.kill(shared.pid, signal.SIGKILL)
    until(lambda: not shared.is_running)

    shared.start()

    assert shared.psql("SELECT 1") == "1"


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_restart_added_settings_are_applied(shared: Server, mode: str) -> None:
    shared.restart(mode, settings={"work_mem": "6MB"})

    assert shared.psql("SHOW work_mem") == "6MB"
    shared.restart(settings={"work_mem": "5MB"})


def test_stop_leaves_no_process_no_port_and_is_idempotent(shared: Server) -> None:
    pids = [shared.pid, *processes.list_children(shared.pid)]

    shared.stop()
    shared.stop()

    assert not any(processes.is_running(pid) for pid in pids)
    assert not is_listening(shared.port)
    with pytest.raises(EmbeddedServerError, match="not running"):
        _ = shared.pid
    shared.start()


def test_two_servers_at_once_are_apart(shared: Server) -> None:
    with Server(SETTINGS) as other:
        assert other.port != shared.port
        assert other.psql("SELECT system_identifier FROM pg_control_system()") != shared.psql(
            "SELECT system_identifier FROM pg_control_system()"
        )
        files = other.data_directory.parent

    assert not files.exists()
    assert shared.psql("SELECT 1") == "1"


def test_start_with_a_refused_setting_tells_the_log_and_leaves_nothing() -> None:
    server = Server({"shared_buffers": "no number"})

    with pytest.raises(EmbeddedServerError) as caught:
        server.start()

    assert "shared_buffers" in (caught.value.detail or "")
    assert not server.is_running
    with pytest.raises(EmbeddedServerError, match="no files"):
        _ = server.data_directory


@pytest.mark.parametrize("name", ["port", "Data_Directory", "work_mem = 1\nfsync", ""])
def test_settings_reserved_or_malformed_name_is_refused(name: str) -> None:
    with pytest.raises(EmbeddedServerError):
        Server({name: 1})


def test_start_on_a_taken_port_is_refused_in_time() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        server = Server(SETTINGS, port=holder.getsockname()[1], start_timeout_s=1)

        with pytest.raises(EmbeddedServerError) as caught:
            server.start()

    assert "Address already in use" in (caught.value.detail or "")


def test_data_directory_given_stays_and_gets_a_new_password(short_directory: Path) -> None:
    data = short_directory / "data"
    with Server(SETTINGS, data_directory=data) as server:
        server.psql("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
        first_dsn, files = server.dsn(), server.log_path.parent

    with Server(SETTINGS, data_directory=data) as server:
        assert server.psql("SELECT id FROM kept") == "7"
        assert server.dsn().split("@")[0] != first_dsn.split("@")[0]
    with (
        Server(SETTINGS, data_directory=data, password="it's known") as server,
        pytest.raises(EmbeddedServerError),
    ):
        server.psql("SELECT 1")

    assert (data / "PG_VERSION").exists()
    assert not files.exists()


def test_data_directory_of_another_version_is_refused(short_directory: Path) -> None:
    data = short_directory / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9.6\n")
    if os.geteuid() == 0:
        os.chown(data, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)

    with pytest.raises(EmbeddedServerError, match=r"found 9\.6"):
        Server(data_directory=data).start()
