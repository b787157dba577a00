"""Owns streaming standbys: read-only servers that replay what a primary writes, as replicas in production do."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pgsluice.embedded import Server
from pgsluice.embedded.account import choose_account, choose_temporary_directory, run
from pgsluice.embedded.binaries import environment_for
from pgsluice.embedded.cluster import SUPERUSER, make_directory
from servers import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 30.0
POLL_S = 0.02


@dataclass(frozen=True)
class Standby:
    """A running standby. `server` is a Server like any other: it can be stopped, killed, restarted with settings."""

    primary: Server
    server: Server

    def database(self, of: Database) -> Database:
        """Give a database of the primary as it is seen here, once all that was written to it has come."""
        self.until_replayed()
        return Database(self.server, of.name)

    def until_replayed(self) -> None:
        """Return when everything that the primary has written until now can be seen here."""
        # A vacuum ends before its WAL is flushed; a commit that has something to say flushes all before it.
        self.primary.psql("SELECT pg_logical_emit_message(true, 'until_replayed', '')")
        written = self.primary.psql("SELECT pg_current_wal_flush_lsn()")
        self.until(f"SELECT pg_last_wal_replay_lsn() >= '{written}'")

    def promote(self) -> None:
        """Make it a primary of its own, on a new timeline, and return when it takes writes."""
        self.server.psql(f"SELECT pg_promote(true, {WAIT_S:.0f})")
        self.until("SELECT NOT pg_is_in_recovery()")

    def until(self, condition: str) -> None:
        """Return when a query on the standby gives true."""
        deadline = time.monotonic() + WAIT_S
        while self.server.psql(condition) != "t":
            assert time.monotonic() < deadline, f"did not come true in time: {condition}"
            time.sleep(POLL_S)


@contextmanager
def running_standby(primary: Server, **settings: str | int | bool) -> Iterator[Standby]:
    """Run a standby of a running server, with the primary's settings and these; nothing of it is left at the end.

    A standby that cancels readers at once has `max_standby_streaming_delay=0`; one that waits for ever has -1.
    """
    account = choose_account(None)
    parent = Path(tempfile.mkdtemp(prefix="pgsluice-standby-", dir=choose_temporary_directory(account)))
    try:
        parent.chmod(0o711)
        data = parent / "data"
        make_directory(data, account=account)
        status, said = run(
            [
                *(primary.binaries / "pg_basebackup", "--pgdata", data, "--wal-method=stream", "--checkpoint=fast"),
                *("--write-recovery-conf", "--no-sync", "--no-password"),
                *("--dbname", f"host=127.0.0.1 port={primary.port} user={SUPERUSER} application_name=standby"),
            ],
            account=account,
            environment=environment_for(primary.binaries) | {"PGPASSWORD": _password(primary)},
        )
        assert status == 0, said
        # A standby takes no fewer connections than its primary; its users and passwords are the primary's.
        server = Server(
            {**primary.settings, "hot_standby": True, **settings},
            binaries=primary.binaries,
            data_directory=data,
            password=_password(primary),
        )
        with server:
            yield Standby(primary, server)
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def _password(server: Server) -> str:
    return unquote(urlsplit(server.dsn()).password or "")
