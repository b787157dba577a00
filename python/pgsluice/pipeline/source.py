"""Owns the source side of a run: one snapshot for all readers, and a new one if its holder is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

from pgsluice.catalog.model import Catalog
from pgsluice.driver import Connection, Deadlines, Dsn, connect
from pgsluice.driver.sqlstates import CONNECTION_LOST
from pgsluice.errors import ConnectionLostError, PlanRefusedError, ServerError, SluiceError, place
from pgsluice.sources.locks import LOCK_NOT_AVAILABLE
from pgsluice.sources.snapshot import Snapshot, open_snapshot

# Each try finds the holder of the snapshot before it gone.
SNAPSHOT_TRIES_MAX = 3
# A reader's transaction keeps its locks on every table it has read, and on their indexes: after so many tables it
# begins anew in the same snapshot, or a source of thousands of tables would run out of locks.
TABLES_A_TRANSACTION_MAX = 50


class TableMovedError(SluiceError):
    """A table's name means another table since the copy began."""

    code = "table-moved"


class SnapshotOwner(Protocol):
    """Who opens the snapshots of a run, and writes down which there were."""

    async def rejoin(self) -> Snapshot | None:
        """Join the current snapshot anew, where another session holds it too."""

    async def renewed(self, snapshot: Snapshot, generation: int) -> None:
        """Write a new one down before anybody reads from it."""


class SourceSide:
    """Gives connections that see one moment of the source.

    `generation` counts snapshots over the whole life of a run, resumes included: rows of different generations
    are not of one moment, and whoever copied under two of them says so.
    """

    def __init__(
        self, dsn: Dsn, snapshot: Snapshot, deadlines: Deadlines, owner: SnapshotOwner, *, generation: int
    ) -> None:
        self._dsn = dsn
        self._snapshot = snapshot
        self._deadlines = deadlines
        self._owner = owner
        self._lock = asyncio.Lock()
        # Sessions in the current snapshot that nobody reads with, and how many tables each has read.
        self._idle: list[Connection] = []
        self._tables_read: WeakKeyDictionary[Connection, int] = WeakKeyDictionary()
        self.generation = generation

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot."""
        return self._snapshot

    @property
    def catalog(self) -> Catalog:
        """The catalog as of the current snapshot."""
        return self._snapshot.catalog

    async def connection(self, *, is_new: bool = False) -> tuple[Connection, int]:
        """Give a connection in the current snapshot, with the snapshot's generation.

        Readers of tables make types of keys be given and taken as bytes; a new connection has them as they are.
        """
        while self._idle and not is_new:
            idle = self._idle.pop()
            if not idle.is_closed:
                return idle, self.generation
        for _ in range(SNAPSHOT_TRIES_MAX):
            snapshot, generation = self._snapshot, self.generation
            connection = await connect(self._dsn, role="source", deadlines=self._deadlines)
            try:
                await snapshot.join(connection)
            except ServerError as error:
                await connection.close()
                failure = error
                await self._mend(snapshot)
                if self._snapshot is snapshot:
                    break
            except BaseException:
                connection.terminate()
                raise
            else:
                return connection, generation
        raise failure

    async def give_back(self, connection: Connection, generation: int) -> None:
        """Keep a connection for the next reader, if it is of the current snapshot."""
        if generation == self.generation and connection.is_in_transaction:
            await self._free_locks(connection)
        if generation == self.generation and connection.is_in_transaction and not connection.is_closed:
            self._idle.append(connection)
        else:
            await connection.close()

    async def _free_locks(self, connection: Connection) -> None:
        self._tables_read[connection] = read = self._tables_read.get(connection, 0) + 1
        if read % TABLES_A_TRANSACTION_MAX == 0:
            try:
                await self._snapshot.join(connection)
            except SluiceError:  # Whoever reads next finds out what is lost.
                connection.terminate()

    async def confirm(self, generation: int, labels: Sequence[str]) -> None:
        """Make sure that what was read of these tables is theirs, before any of it is committed.

        To be asked when a reader has a lock of its own on each: if the snapshot is held still, the tables were locked
        all the time. Else they may have been emptied in between, which an old snapshot would not tell. Raises
        ConnectionLostError then, and TableMovedError where a name means another table now.
        """
        for _ in range(SNAPSHOT_TRIES_MAX):
            snapshot = self._snapshot
            if generation != self.generation:
                break
            try:
                async with self._lock:
                    moved = await snapshot.moved(labels)
            except ConnectionLostError:
                pass
            else:
                if moved:
                    raise _table_moved(moved[0])
                return
            await self._mend(snapshot)
        raise ConnectionLostError(
            "the session that holds the snapshot of the source was lost",
            sqlstate=CONNECTION_LOST,
            hint="Rows are read again, in a new snapshot.",
        )

    async def explained(self, error: ServerError, labels: Sequence[str]) -> ServerError:
        """Give the error of a reader, or one that says who keeps a lock from it."""
        if error.sqlstate != LOCK_NOT_AVAILABLE:
            return error
        try:
            async with self._lock:
                return await self._snapshot.why_locked(labels)
        except SluiceError:
            return error

    async def hold(self) -> str:
        """Make sure that a snapshot is held; give its name, for programs that can join it."""
        await self._mend(self._snapshot)
        return self._snapshot.name

    async def _mend(self, lost: Snapshot) -> None:
        """Put another snapshot into the place of this one, if it is gone and nobody else has done so.

        Where another session holds the same one, its locks have bridged the gap: only our connection is another.
        """
        async with self._lock:
            if self._snapshot is not lost or await lost.is_alive():
                return
            await lost.close()
            rejoined = await self._owner.rejoin()
            if rejoined is not None:
                self._snapshot = rejoined
                return
            fresh = await open_snapshot(self._dsn, deadlines=self._deadlines)
            try:
                _refuse_changed(lost.catalog, fresh.catalog)
                await self._owner.renewed(fresh, self.generation + 1)
            except BaseException:
                await fresh.close()
                raise
            self._snapshot = fresh
            self.generation += 1
            await self._close_idle()

    async def close(self) -> None:
        """Let go of the snapshot."""
        await self._close_idle()
        await self._snapshot.close()

    async def _close_idle(self) -> None:
        while self._idle:
            await self._idle.pop().close()


def _refuse_changed(planned: Catalog, found: Catalog) -> None:
    """Raise PlanRefusedError where a table is not what the plan was made for: its locks were gone for a moment."""
    changed = [
        f'table "{relation.label}" has other columns or keys than when the run began, or is gone'
        for relation in planned.relations
        if (other := found.by_label.get(relation.label)) is None
        or (other.columns, other.unique_indexes) != (relation.columns, relation.unique_indexes)
    ]
    if changed:
        raise PlanRefusedError(
            "the source's tables were changed while its snapshot was lost",
            problems=tuple(changed),
            hint='See what "pgsluice plan" says now, then run the same command again.',
        )


def _table_moved(label: str) -> TableMovedError:
    return TableMovedError(
        f"{place(label)} of the source is another one now, or is gone",
        detail="Its schema was renamed while it was copied. Nothing of the batch was written.",
        hint='Give the schema its name back and run the same command again, or begin anew with "--restart".',
    )
