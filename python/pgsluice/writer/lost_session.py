"""Ends the session that a try was lost with, before the next try: the server may still hold it open, with its locks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, NotAllowedError


class LostSession:
    """Remembers, over the tries of one batch, which sessions were lost. Only sessions of ours are ended."""

    def __init__(self, *pids: int) -> None:
        self._pids = list(pids)

    @asynccontextmanager
    async def replaced_by(self, connection: Connection) -> AsyncIterator[None]:
        """Do a try on another session; a connection that is lost in it is remembered."""
        try:
            while self._pids:
                with suppress(NotAllowedError):
                    await connection.end_session(self._pids[-1])
                self._pids.pop()
            yield
        except ConnectionLostError:
            self._pids.append(connection.server_pid)
            raise
