"""Owns one side of a comparison: its snapshot, and sessions in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pgsluice.catalog.model import Catalog
from pgsluice.driver import Connection, Deadlines, Dsn, connect
from pgsluice.driver.session_settings import Role
from pgsluice.sources.snapshot import Snapshot, open_snapshot
from pgsluice.verification.request import COUNT_S, VerifySettings

# A session keeps its locks on what it has read; after so many tables it joins the snapshot anew.
TABLES_A_TRANSACTION_MAX = 50


class Side:
    """The source or the target at one moment. Sessions are for one task at a time."""

    def __init__(self, dsn: Dsn, role: Role, snapshot: Snapshot, settings: VerifySettings) -> None:
        self._dsn = dsn
        self.role = role
        self._snapshot = snapshot
        # Counting takes long before the first answer; a stream that stalls is noticed as everywhere.
        self._deadlines = Deadlines(answer_s=COUNT_S, gap_s=settings.deadlines.gap_s)
        self._idle: list[tuple[Connection, int]] = []

    @property
    def catalog(self) -> Catalog:
        """The catalog of the moment."""
        return self._snapshot.catalog

    @asynccontextmanager
    async def session(self, *, is_kept: bool = True) -> AsyncIterator[Connection]:
        """Lend a session in the snapshot; one that fails is closed, and one that nobody else can use after this."""
        connection, uses = self._idle.pop() if self._idle else (None, 0)
        if connection is None or connection.is_closed:
            connection, uses = await connect(self._dsn, role=self.role, deadlines=self._deadlines), 0
        try:
            if uses % TABLES_A_TRANSACTION_MAX == 0:
                await self._snapshot.join(connection)
            yield connection
        except BaseException:
            connection.terminate()
            raise
        if is_kept:
            self._idle.append((connection, uses + 1))
        else:
            await connection.close()

    async def close(self) -> None:
        """Let go of the sessions and the snapshot."""
        while self._idle:
            await self._idle.pop()[0].close()
        await self._snapshot.close()


async def open_side(dsn: Dsn, role: Role, settings: VerifySettings) -> Side:
    """Lock the tables of a side that the role may read, and take its snapshot."""
    return Side(dsn, role, await open_snapshot(dsn, role=role, deadlines=settings.deadlines), settings)
