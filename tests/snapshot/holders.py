"""Finds the processes that hold snapshots, their sessions, and waits for their end."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waiting import until

if TYPE_CHECKING:
    from servers import Database

SESSIONS = """SELECT pid, state, query FROM pg_stat_activity
               WHERE datname = current_database() AND application_name LIKE 'pgsluice holder of %'"""


class Holders:
    """The holders whose parent is this process: it is the one that orphans go to."""

    def __init__(self, source: Database) -> None:
        self._source = source
        self._seen: set[int] = set()

    @property
    def pids(self) -> list[int]:
        """Holders that have not ended; those that have are buried."""
        self._seen |= {int(path.name) for path in Path("/proc").iterdir() if _is_our_holder(path)}
        self._seen -= {pid for pid in self._seen if os.waitpid(pid, os.WNOHANG)[0]}
        return sorted(self._seen)

    @property
    def sessions(self) -> list[Any]:
        """Their sessions on the source."""
        return self._source.fetch(SESSIONS)

    def one(self) -> int:
        """The only one there is, once its session is in its transaction and idle."""
        until(lambda: [row["state"] for row in self.sessions] == ["idle in transaction"])
        [pid] = self.pids
        return pid

    def until_gone(self) -> None:
        """Return when no process and no session is left."""
        until(lambda: not self.pids and not self.sessions)

    def end_all(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        until(lambda: not self.pids)


def _is_our_holder(path: Path) -> bool:
    try:
        parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
        return int(parent) == os.getpid() and b"pgsluice.holder" in (path / "cmdline").read_bytes()
    except (OSError, IndexError):
        return False
