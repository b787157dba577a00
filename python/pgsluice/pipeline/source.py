"""Owns the source side of a run: one snapshot for all readers, and a new one if its holder is lost."""

from __future__ import annotations

import asyncio

from pgsluice.catalog.model import Catalog
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import ServerError
from pgsluice.pipeline.observer import Observer
from pgsluice.sources.snapshot import Snapshot, open_snapshot


class SourceSide:
    """Gives connections that see one moment of the source.

    `generation` counts snapshots over the whole life of a run, resumes included: rows of different generations
    are not of one moment, and whoever copied under two of them says so.
    """

    def __init__(self, dsn: Dsn, snapshot: Snapshot, observer: Observer, *, generation: int) -> None:
        self._dsn = dsn
        self._snapshot = snapshot
        self._observer = observer
        self._lock = asyncio.Lock()
        self.generation = generation

    @property
    def catalog(self) -> Catalog:
        """The catalog as of the current snapshot."""
        return self._snapshot.catalog

    @property
    def snapshot_name(self) -> str:
        """Name of the current snapshot, for programs that can join it."""
        return self._snapshot.name

    async def connection(self) -> tuple[Connection, int]:
        """Open a connection in the current snapshot; give it with the snapshot's generation."""
        connection = await connect(self._dsn, role="source")
        try:
            await self._snapshot.join(connection)
        except ServerError:
            await connection.close()
            await self._renew()
            raise  # Which is retried, and finds the new snapshot.
        except BaseException:
            connection.terminate()
            raise
        return connection, self.generation

    async def _renew(self) -> None:
        """Take a new snapshot if the holder of the old one is gone."""
        async with self._lock:
            if await self._snapshot.is_alive():
                return
            old = self._snapshot
            self._snapshot = await open_snapshot(self._dsn)
            self.generation += 1
            self._observer.event("snapshot-renewed", generation=self.generation)
            await old.close()

    async def close(self) -> None:
        """Let go of the snapshot."""
        await self._snapshot.close()
