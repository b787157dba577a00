"""Owns one PostgreSQL server: start, stop, restart, and the two ways to crash it that tests want."""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from pgsluice.embedded import cluster
from pgsluice.embedded.account import choose_account, choose_temporary_directory
from pgsluice.embedded.binaries import find_binaries, read_version
from pgsluice.embedded.postmaster import PORT_TAKEN, Launch, Postmaster, TakenError
from pgsluice.embedded.psql import quote_identifier, run_psql
from pgsluice.embedded.readable_copy import readable_binaries
from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pgsluice.embedded.account import Account
    from pgsluice.embedded.cluster import Setting
    from pgsluice.embedded.postmaster import StopMode

HOST = "127.0.0.1"
RETRY_S = 0.1


class Server:
    """Run a PostgreSQL server on 127.0.0.1 and on a private socket, for as long as the `with` block lasts.

        with Server(settings={"fsync": False}) as server:
            server.create_database("shop")
            print(server.dsn("shop"))

    The superuser is `postgres` with a random password, which is in the DSN. As root, the server runs as
    `postgres`, as `nobody`, or as the owner of an existing data directory. Nothing is left behind: server
    and files go with the block, at exit, and soon after this process is killed. Only a data directory
    given by the caller stays. Not safe for use by two threads at once.

    ERRORS: EmbeddedServerError everywhere. After one from `start`, nothing runs and no file is left.
    """

    def __init__(
        self,
        settings: Mapping[str, Setting] | None = None,
        *,
        binaries: Path | str | None = None,
        data_directory: Path | str | None = None,
        port: int | None = None,
        password: str | None = None,
        start_timeout_s: float = 60.0,
        stop_timeout_s: float = 60.0,
    ) -> None:
        if sys.platform == "win32":
            raise EmbeddedServerError(
                "cannot run an embedded server on Windows", hint="Use the Windows Subsystem for Linux."
            )
        self.settings: dict[str, Setting] = dict(settings or {})
        cluster.check_settings(self.settings)
        if password is not None and (not password or not password.isprintable()):
            raise EmbeddedServerError("password is empty or holds a control character")
        self.binaries = find_binaries(binaries)
        self.version = read_version(self.binaries)
        self._given_directory = Path(data_directory).absolute() if data_directory is not None else None
        self._given_port, self._given_password = port, password
        self._password = password or secrets.token_urlsafe(24)
        self._account: Account | None = None
        self._start_timeout_s, self._stop_timeout_s = start_timeout_s, stop_timeout_s
        self._directory: Path | None = None
        self._postmaster: Postmaster | None = None
        self._owner_pid = os.getpid()
        self.port = port or 0

    def __repr__(self) -> str:
        state = f"pid={self.pid}" if self.is_running else "stopped"
        return f"<Server {self.version} port={self.port} {state}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Tell whether the postmaster is there."""
        return self._postmaster is not None and self._postmaster.is_running

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._running.pid

    @property
    def major(self) -> int:
        """The major version, for instance 18."""
        return int(re.split(r"\D", self.version)[0])

    @property
    def data_directory(self) -> Path:
        """Where the cluster lies."""
        return self._given_directory or self._files / "data"

    @property
    def socket_directory(self) -> Path:
        """The directory of the socket; other users cannot enter it."""
        return self._files / "socket"

    @property
    def log_path(self) -> Path:
        """The server's log. It is removed with the server's other files."""
        return self._files / "server.log"

    def dsn(self, database: str = "postgres", *, socket: bool = False) -> str:
        """Return a libpq URI with the superuser's password, over TCP or over the socket."""
        credentials = f"{cluster.SUPERUSER}:{quote(self._password, safe='')}"
        name = quote(database, safe="")
        if socket:
            host = quote(os.fspath(self.socket_directory), safe="")
            return f"postgresql://{credentials}@/{name}?host={host}&port={self.port}"
        return f"postgresql://{credentials}@{HOST}:{self.port}/{name}"

    def start(self) -> None:
        """Start the server, if it does not run, and return when it lets clients in.

        The port stays the same from one start to the next.
        """
        if self.is_running:
            self._running.wait_until_up(self._start_timeout_s)
            return
        try:
            self.stop()
            is_first = self._directory is None
            if is_first:
                self._make_files()
            deadline = time.monotonic() + self._start_timeout_s
            while True:
                try:
                    self._start_once()
                except TakenError as error:
                    if time.monotonic() > deadline:
                        raise
                    if is_first and self._given_port is None and PORT_TAKEN in (error.detail or ""):
                        self.port = cluster.choose_port()
                    time.sleep(RETRY_S)
                else:
                    return
        except BaseException:
            self.close()
            raise

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server and keep its files; nothing happens if it is stopped.

        ERRORS: if it does not stop in time; it is killed then.
        """
        postmaster, self._postmaster = self._postmaster, None
        if postmaster is not None:
            postmaster.stop(mode, self._stop_timeout_s)

    def kill(self) -> None:
        """Kill the postmaster and all its children at once, as a crash of the machine would."""
        postmaster, self._postmaster = self._postmaster, None
        if postmaster is not None:
            postmaster.kill()

    def restart(self, mode: StopMode = "fast", *, settings: Mapping[str, Setting] | None = None) -> None:
        """Stop and start the server; `settings` are added to those it has."""
        cluster.check_settings(settings or {})
        self.stop(mode)
        self.settings.update(settings or {})
        self.start()

    def crash(self, pid: int | None = None) -> None:
        """Kill a backend (`pg_backend_pid()`), or the checkpointer, and return after crash recovery.

        Every session ends with it; the postmaster, the port and the files stay.
        """
        self._running.crash_child(pid, timeout_s=self._start_timeout_s)

    def create_database(self, name: str) -> None:
        """Create an empty database."""
        self.psql(f"CREATE DATABASE {quote_identifier(name)}")

    def psql(self, sql: str, *, database: str = "postgres") -> str:
        """Run statements as the superuser, return the rows as psql prints them unaligned.

        ERRORS: only the SQLSTATE is told, because the server's own words may quote a row.
        """
        return run_psql(
            sql,
            binaries=self.binaries,
            host=HOST,
            port=self.port,
            user=cluster.SUPERUSER,
            password=self._password,
            database=database,
        )

    def close(self) -> None:
        """Stop the server and remove its files, but not a data directory given by the caller."""
        if os.getpid() != self._owner_pid:
            return  # A forked child runs our exit handlers too; the server is its parent's.
        atexit.unregister(self.close)
        try:
            # A cluster that goes with its server needs no orderly end.
            self.stop("fast" if self._given_directory else "immediate")
        finally:
            if self._directory is not None:
                shutil.rmtree(self._directory, ignore_errors=True)
                self._directory = None

    @property
    def _files(self) -> Path:
        if self._directory is None:
            raise EmbeddedServerError("server has no files, it was not started or it is closed")
        return self._directory

    @property
    def _running(self) -> Postmaster:
        if self._postmaster is None:
            raise EmbeddedServerError("server is not running")
        return self._postmaster

    def _make_files(self) -> None:
        self._owner_pid = os.getpid()
        self._account = account = choose_account(self._given_directory)
        self.binaries = readable_binaries(self.binaries, account=account, version=self.version)
        temporary = choose_temporary_directory(account)
        self._directory = Path(tempfile.mkdtemp(prefix="pgsluice-", dir=temporary))
        atexit.register(self.close)
        # Ours, so that the server's user cannot plant anything where root writes; it may pass through.
        self._directory.chmod(0o711 if account else 0o700)
        cluster.make_directory(self.socket_directory, account=account)
        self.port = self._given_port or cluster.choose_port()
        cluster.make_cluster(
            self.data_directory,
            binaries=self.binaries,
            account=account,
            major=self.major,
            password=self._password,
            is_password_known=self._given_password is not None,
            is_durable=self._given_directory is not None,
            scratch=self._directory,
        )

    def _start_once(self) -> None:
        configuration = cluster.write_configuration(
            self._files,
            self.settings,
            data_directory=self.data_directory,
            socket_directory=self.socket_directory,
            port=self.port,
            account=self._account,
        )
        postmaster = self._postmaster = Postmaster(
            Launch(
                binaries=self.binaries,
                data_directory=self.data_directory,
                configuration=configuration,
                log_path=self.log_path,
                port=self.port,
                account=self._account,
                removed_directory=self._files,
            )
        )
        try:
            postmaster.wait_until_up(self._start_timeout_s)
        except EmbeddedServerError:
            self.stop("immediate")
            raise
