"""Holds one moment of the source for all readers, with locks that keep tables from being rewritten."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pgsluice.catalog.beside_tables import read_source_catalog
from pgsluice.catalog.model import Catalog
from pgsluice.catalog.moment import Holder, Moment, is_held
from pgsluice.catalog.read import statement
from pgsluice.driver import DEFAULT_DEADLINES, Connection, Deadlines, Dsn, connect
from pgsluice.driver.quoting import qualified
from pgsluice.driver.session_settings import Role
from pgsluice.errors import ConnectionLostError, ServerError
from pgsluice.sources.locks import (
    LOCK_TIMEOUT_MS,
    LockableTable,
    TableLockedError,
    lock_tables,
    lockable_tables,
    table_locked,
)

# Tables come and go between reading the list and locking it; a source that never rests is not copied.
LOCK_ROUNDS_MAX = 5
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# A table or a schema of the list is gone.
_GONE = {"42P01", "3F000"}
# What servers name exported snapshots. The target remembers one, and whoever wrote there must not write our SQL.
_NAME = re.compile(r"[0-9A-F]{8}-[0-9A-F]{8}-[0-9]+")


class SnapshotGoneError(ServerError):
    """A snapshot that another session kept is not there any more."""

    code = "snapshot-gone"


class Snapshot:
    """One exported snapshot, good while its connection lives. `catalog` was read under its locks."""

    def __init__(
        self, anchor: Connection, name: str, catalog: Catalog, moment: Moment, locked: list[LockableTable]
    ) -> None:
        self._anchor = anchor
        self.name = name
        self.catalog = catalog
        self.moment = moment
        self.locked = locked

    @property
    def settings_refused(self) -> list[str]:
        """Settings that keep rows out of the server's log and that the role may not make."""
        return self._anchor.settings_refused

    async def is_alive(self) -> bool:
        """Whether readers can still join."""
        return await self._anchor.is_alive()

    async def moved(self, labels: Sequence[str]) -> list[str]:
        """Give those of these tables whose names mean another table now, or none."""
        tables = [self.catalog.by_label[label] for label in labels]
        names = [qualified(table.schema, table.name) for table in tables]
        oids = [table.oid for table in tables]
        rows = await self._anchor.fetch(
            statement("moved_tables"), labels, names, oids, doing="looking after the tables"
        )
        return [row["label"] for row in rows]

    async def why_locked(self, labels: Sequence[str]) -> TableLockedError:
        """Make the error that says who has a lock on one of these tables, or waits for it."""
        tables = [self.catalog.by_label[label] for label in labels]
        return await table_locked(self._anchor, [(table.schema, table.name) for table in tables])

    async def join(self, connection: Connection) -> None:
        """Put a reader's connection into the snapshot, anew if it is there: its locks on tables go then."""
        left = "ROLLBACK; " if connection.is_in_transaction else ""
        await connection.execute(f"{left}{begin_in(self.name)}", doing="joining the snapshot")

    async def close(self) -> None:
        """Let go of the locks and the snapshot."""
        await self._anchor.close()


def begin_in(name: str) -> str:
    """Write the statements that begin a transaction in an exported snapshot, which others named."""
    if not _NAME.fullmatch(name):
        raise SnapshotGoneError("that is no name of a snapshot", sqlstate="22023")
    # A reader that waits for a lock waits for somebody who waits for us.
    return f"{_BEGIN}; SET TRANSACTION SNAPSHOT '{name}'; SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"


async def open_snapshot(dsn: Dsn, *, role: Role = "source", deadlines: Deadlines = DEFAULT_DEADLINES) -> Snapshot:
    """Lock every table the role may read, then take a snapshot and read the catalog in it.

    A snapshot alone does not protect from TRUNCATE or a rewriting ALTER: rows would be missing without an error.
    ACCESS SHARE locks, taken before the snapshot, do. Raises TableLockedError naming who is in the way.
    """
    anchor = await connect(dsn, role=role, deadlines=deadlines)
    try:
        # The size of a table can only be read behind its lock.
        await anchor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}", doing="locking the tables")
        for _ in range(LOCK_ROUNDS_MAX):
            snapshot = await _try_to_open(anchor)
            if snapshot is not None:
                return snapshot
            await anchor.rollback()
    except BaseException:
        await anchor.close()
        raise
    await anchor.close()
    raise ServerError(
        f"could not lock the {role}'s tables: new ones appeared each time",
        sqlstate="55P03",
        hint=f"Try again when nobody creates tables on the {role}.",
    )


async def _try_to_open(anchor: Connection) -> Snapshot | None:
    """Lock the tables that are there and take a snapshot; give None where it shows others."""
    tables = await lockable_tables(anchor)
    await anchor.execute(_BEGIN, doing="opening the snapshot")
    try:
        await lock_tables(anchor, [(table.schema, table.name) for table in tables])
    except ServerError as error:
        if error.sqlstate in _GONE:
            return None
        raise
    name, moment = await export_snapshot(anchor)
    if not set(await lockable_tables(anchor)) <= set(tables):
        return None
    return Snapshot(anchor, name, await read_source_catalog(anchor), moment, tables)


async def join_snapshot(
    dsn: Dsn, holder: Holder, moment: Moment, *, deadlines: Deadlines = DEFAULT_DEADLINES
) -> Snapshot:
    """Join a snapshot that another session holds, and hold it as well: from here on the other one may go.

    The other one's locks are there until ours are, so no table can have changed. Raises SnapshotGoneError where they
    may not have been, and TableLockedError where somebody waits between the two.
    """
    anchor = await connect(dsn, role="source", deadlines=deadlines)
    try:
        await anchor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}", doing="locking the tables")
        await _refuse_gone(anchor, holder)
        await _begin_in(anchor, holder)
        tables = await lockable_tables(anchor)
        await lock_tables(anchor, [(table.schema, table.name) for table in tables])
        name, _ = await export_snapshot(anchor)
        catalog = await read_source_catalog(anchor)
        await _refuse_gone(anchor, holder)
    except BaseException:
        await anchor.close()
        raise
    return Snapshot(anchor, name, catalog, moment, tables)


async def _begin_in(anchor: Connection, holder: Holder) -> None:
    try:
        await anchor.execute(begin_in(holder.snapshot_name), doing="joining the snapshot")
    except ConnectionLostError:
        raise
    except ServerError as error:
        sqlstate = error.sqlstate
    else:
        return
    raise SnapshotGoneError("could not join the snapshot that was held", sqlstate=sqlstate)


async def _refuse_gone(anchor: Connection, holder: Holder) -> None:
    if not await is_held(anchor, holder):
        raise SnapshotGoneError("the session that held the snapshot is gone", sqlstate="22023")


async def export_snapshot(connection: Connection) -> tuple[str, Moment]:
    """Let others join the open transaction's snapshot; give its name and its moment."""
    (row,) = await connection.fetch(statement("export_snapshot"), doing="exporting the snapshot")
    moment = Moment(row["taken_at"], row["lsn"], row["timeline"], row["is_replica"])
    return row["name"], moment
