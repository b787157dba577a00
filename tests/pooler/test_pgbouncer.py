"""A pooler between us and the server: refused where it keeps no session for us, used where it does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from commands import KEEP, Shell
from pgsluice.driver import Dsn, connect
from pgsluice.embedded.account import choose_account, choose_temporary_directory, spawn
from pgsluice.embedded.cluster import choose_port, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database

#: No package registry has pgbouncer as a wheel: these run where the program is installed, or where this names it.
VARIABLE = "PGSLUICE_TEST_PGBOUNCER"
PROGRAM = os.environ.get(VARIABLE) or shutil.which("pgbouncer")
pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(PROGRAM is None, reason=f"pgbouncer is not installed, and {VARIABLE} names none"),
]

WAIT_S = 20.0


@contextmanager
def pooled(database: Database, mode: str, *, pool_size: int = 10, more: str = "") -> Iterator[str]:
    """Run a pgbouncer in front of a database; give the URI through it."""
    assert PROGRAM is not None
    parts, port, account = urlsplit(database.dsn), choose_port(), choose_account(None)
    directory = Path(tempfile.mkdtemp(prefix="pgsluice-pooler-", dir=choose_temporary_directory(account)))
    directory.chmod(0o755)
    try:
        write_file(directory / "users", f'"postgres" "{unquote(parts.password or "")}"\n', account=account)
        settings = f"""
            [databases]
            * = host=127.0.0.1 port={parts.port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {directory}/users
            pool_mode = {mode}
            default_pool_size = {pool_size}
            {more}
        """
        text = "\n".join(line.strip() for line in settings.splitlines())
        write_file(directory / "pgbouncer.ini", text, account=account)
        environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        process = spawn(
            [PROGRAM, directory / "pgbouncer.ini"],
            account=account,
            environment=environment,
            output=subprocess.DEVNULL,
        )
        try:
            until_listening(process, port)
            yield database.dsn.replace(f":{parts.port}/", f":{port}/")
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        assert process.poll() is None, "pgbouncer ended while starting"
        assert time.monotonic() < deadline, "pgbouncer did not listen in time"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def make(source: Database) -> None:
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, n FROM generate_series(1, 500) n"
    )


@pytest.mark.parametrize("more", ["", "server_round_robin = 1"])
@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_pooler_that_shares_sessions_is_refused(
    source_db: Database, target_db: Database, tmp_path: Path, side: str, mode: str, more: str
) -> None:
    make(source_db)
    shell = Shell(tmp_path, source_db, target_db)
    with pooled(getattr(shell, side), mode, more=more) as uri:
        arguments = [*shell.copy_arguments(KEEP), f"--{side}={uri}"]

        ended = shell.run(*arguments)

    assert ended.status == 4, ended.said
    assert f"cannot work through a pooler in transaction or statement mode in front of the {side}" in ended.stderr
    assert target_db.value("SELECT to_regnamespace('_pgsluice') IS NULL")


def test_pooler_that_keeps_sessions_is_used(source_db: Database, target_db: Database, tmp_path: Path) -> None:
    make(source_db)
    shell = Shell(tmp_path, source_db, target_db)
    with pooled(source_db, "session") as source, pooled(target_db, "session") as target:
        ended = shell.run(*shell.copy_arguments(KEEP, "--jobs=2"), f"--source={source}", f"--target={target}")

    assert ended.status == 0, ended.said
    assert target_db.value("SELECT count(*) FROM t") == 500


async def test_pid_behind_a_pooler_is_the_servers(source_db: Database) -> None:
    """Lost sessions are ended by this number; a pooler's own would end nobody, or somebody else."""
    with pooled(source_db, "session") as uri:
        connection = await connect(Dsn.parse(uri, role="target"), role="target")
        try:
            found = await connection.fetch_value("SELECT pg_backend_pid()", doing="asking")
            assert connection.server_pid == found
        finally:
            await connection.close()
