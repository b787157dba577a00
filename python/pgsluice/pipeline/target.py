"""Owns the target side of a run: sessions set up for bulk loading, and the one that holds the lock."""

from __future__ import annotations

from collections.abc import Mapping

from pgsluice.driver import Connection, Dsn, connect
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.sessions import Sessions
from pgsluice.pipeline.settings import CopySettings
from pgsluice.state import runs


class TargetSide:
    """Opens sessions on the target."""

    def __init__(self, dsn: Dsn, settings: CopySettings) -> None:
        self.dsn = dsn
        self._settings = settings
        self._control: Connection | None = None
        self.sessions = Sessions(self._open)
        self._session_settings = {"synchronous_commit": "off"}

    async def _open(self) -> Connection:
        """Open a session for loading.

        Commits need not wait for the disk: rows and their checkpoint are one transaction, so a crash of the server
        rewinds both, and the run's last commit is durable and flushes all before it.
        """
        connection = await connect(self.dsn, role="target", deadlines=self._settings.deadlines)
        wanted = self._session_settings | {"application_name": runs.COPY_APPLICATION_NAME}
        try:
            await connection.fetch(
                "SELECT set_config(n, v, false) FROM unnest($1::text[], $2::text[]) AS s (n, v)",
                list(wanted),
                list(wanted.values()),
                doing="changing settings",
            )
        except BaseException:
            connection.terminate()
            raise
        return connection

    def use(self, session_settings: Mapping[str, str]) -> None:
        """Set up the sessions that are opened from here on as the plan has chosen."""
        self._session_settings = dict(session_settings)

    async def control(self) -> Connection:
        """Give the session that holds the lock of the target, opened anew if it was lost.

        Raises RunLockedError if another process has taken the lock since.
        """
        lost = self._control
        if lost is not None and await lost.is_alive():
            return lost
        if lost is None:
            return await self._lock(None)
        return await with_retries(lambda: self._lock(lost), self._settings.retry, lambda *_: None)

    async def _lock(self, lost: Connection | None) -> Connection:
        control = await self._open()
        try:
            if lost is not None:  # The server may not have noticed yet, and still keep our lock for it.
                await control.end_session(lost.server_pid)
            await runs.lock_target(control)
            if lost is None:
                await runs.end_left_over_sessions(control)
        except BaseException:
            control.terminate()
            raise
        self._control = control
        return control

    async def close(self) -> None:
        """End all sessions, last the one that holds the lock, and with it the lock."""
        await self.sessions.close()
        if self._control is not None:
            await self._control.close()
