"""Ends the session that a try was lost with, before the next try: the server may still hold it open, with its locks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, NotAllowedError

# A number may have gone to another session since, but to none that began before the loss. Behind a pooler the numbers
# that connections show are not the server's, and nothing is done.
_END = """
    SELECT pg_catalog.pg_terminate_backend(a.pid, 10000) FROM pg_catalog.pg_stat_activity AS a
     WHERE a.pid = $1 AND a.usename = session_user AND a.datname = pg_catalog.current_database()
       AND pg_catalog.pg_backend_pid() = $2
       AND a.backend_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $3)
"""


class LostSession:
    """Remembers, over the tries of one batch, which sessions were lost, and since when."""

    def __init__(self, *pids: int) -> None:
        self._lost = [(pid, time.monotonic()) for pid in pids]

    @asynccontextmanager
    async def replaced_by(self, connection: Connection) -> AsyncIterator[None]:
        """Do a try on another session; a connection that is lost in it is remembered."""
        try:
            while self._lost:
                pid, since = self._lost[-1]
                lost_for_s = time.monotonic() - since
                with suppress(NotAllowedError):
                    await connection.fetch(_END, pid, connection.server_pid, lost_for_s, doing="ending a lost session")
                self._lost.pop()
            yield
        except ConnectionLostError:
            self._lost.append((connection.server_pid, time.monotonic()))
            raise
