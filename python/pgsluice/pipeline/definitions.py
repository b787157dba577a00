"""Reads the source's definitions once a process: begun before the plan is made, as pg_dump works beside us."""

from __future__ import annotations

import asyncio

from pgsluice.catalog.model import Catalog
from pgsluice.driver import Dsn
from pgsluice.errors import MissingProgramError, SluiceError
from pgsluice.pipeline.source import SourceSide
from pgsluice.points import reached
from pgsluice.schema.archive import Entry
from pgsluice.schema.dump import dump_definitions
from pgsluice.sources.locks import TableLockedError

DUMP_TRIES_MAX = 3


class SourceDefinitions:
    """The definitions of all objects in the snapshot of the run, read again where that was lost meanwhile."""

    def __init__(self, dsn: Dsn) -> None:
        self._dsn = dsn
        self._begun: asyncio.Task[list[Entry]] | None = None
        self._entries: list[Entry] | None = None

    async def begin(self, catalog: Catalog, snapshot: str) -> None:
        """Let pg_dump begin; nobody waits for it yet. Raises MissingProgramError where there is none."""
        reached("definitions-begin")
        started = asyncio.Event()
        dump = dump_definitions(self._dsn, major=catalog.identity.major, snapshot=snapshot, started=started)
        self._begun = asyncio.create_task(dump)
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait([self._begun, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        error = self._begun.exception() if self._begun.done() else None
        if isinstance(error, MissingProgramError):
            raise error

    async def entries(self, source: SourceSide) -> list[Entry]:
        """Give the definitions of all objects. Errors as of `dump_definitions`."""
        if self._entries is None and self._begun is not None:
            try:
                self._entries = await self._begun
            except SluiceError:  # Its snapshot may be gone.
                self._begun = None
        if self._entries is None:
            self._entries = await self._read(source)
        return self._entries

    async def _read(self, source: SourceSide) -> list[Entry]:
        """pg_dump tells no SQLSTATE: it is tried again where the snapshot is another one now, or where a replica may
        have cancelled it. Where somebody keeps a table locked, the last error says who.
        """
        for tries_left in reversed(range(DUMP_TRIES_MAX)):
            snapshot, identity = await source.hold(), source.catalog.identity
            try:
                return await dump_definitions(self._dsn, major=identity.major, snapshot=snapshot)
            except MissingProgramError as error:
                is_lost = await source.hold() != snapshot
                if not tries_left or not (is_lost or identity.is_replica):
                    raise
                failure: SluiceError = error
            except TableLockedError as error:
                labels = [relation.label for relation in source.catalog.relations if relation.kind == "r"]
                failure = await source.explained(error, labels)
        raise failure

    async def close(self) -> None:
        """End pg_dump, if it still runs."""
        if self._begun is not None:
            self._begun.cancel()
            await asyncio.gather(self._begun, return_exceptions=True)
