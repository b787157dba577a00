"""Keeps sessions that nobody uses for whoever comes next: opening one costs more than a small table's rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pgsluice.driver import Connection

# More than a table's reader and writers need; sessions beyond that are closed.
IDLE_SESSIONS_MAX = 8


class Sessions:
    """Sessions of one server that are all set up alike. Who takes one gives it back or closes it."""

    def __init__(self, open_session: Callable[[], Awaitable[Connection]]) -> None:
        self._open = open_session
        self._idle: list[Connection] = []

    async def take(self) -> Connection:
        """Give an idle session that still stands, else a new one."""
        while self._idle:
            session = self._idle.pop()
            if not session.is_closed:
                return session
        return await self._open()

    async def give_back(self, session: Connection) -> None:
        """Keep a session that is between transactions; any other is closed, which ends its transaction."""
        if session.is_closed or session.is_in_transaction or len(self._idle) >= IDLE_SESSIONS_MAX:
            await session.close()
        else:
            self._idle.append(session)

    async def close(self) -> None:
        """Close the idle sessions."""
        while self._idle:
            await self._idle.pop().close()
