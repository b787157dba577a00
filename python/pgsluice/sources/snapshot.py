"""Holds one moment of the source for all readers, with locks that keep tables from being rewritten."""

from __future__ import annotations

from collections.abc import Iterable

from pgsluice.catalog.model import Catalog, Relation
from pgsluice.catalog.read import read_catalog
from pgsluice.driver import DEFAULT_DEADLINES, Connection, Deadlines, Dsn, connect
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError

# A table under a waiting ALTER would make us queue behind it and everybody else behind us.
LOCK_TIMEOUT_MS = 10_000
# Tables come and go between reading the list and locking it; a source that never rests is not copied.
LOCK_ROUNDS_MAX = 5
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Snapshot:
    """One exported snapshot, good while its connection lives. `catalog` was read under its locks."""

    def __init__(self, holder: Connection, name: str, catalog: Catalog) -> None:
        self._holder = holder
        self.name = name
        self.catalog = catalog

    @property
    def settings_refused(self) -> list[str]:
        """Settings that keep rows out of the server's log and that the role may not make."""
        return self._holder.settings_refused

    async def is_alive(self) -> bool:
        """Whether readers can still join."""
        return await self._holder.is_alive()

    async def join(self, connection: Connection) -> None:
        """Put a reader's connection into the snapshot."""
        await connection.execute(_BEGIN, doing="opening the snapshot")
        # The name is the server's own answer, hexadecimal digits and hyphens.
        await connection.execute(f"SET TRANSACTION SNAPSHOT '{self.name}'", doing="joining the snapshot")

    async def close(self) -> None:
        """Let go of the locks and the snapshot."""
        await self._holder.close()


async def open_snapshot(dsn: Dsn, *, deadlines: Deadlines = DEFAULT_DEADLINES) -> Snapshot:
    """Lock every table the role may read, then take a snapshot and read the catalog in it.

    A snapshot alone does not protect from TRUNCATE or a rewriting ALTER: rows would be missing without an error.
    ACCESS SHARE locks, taken before the snapshot, do.
    """
    holder = await connect(dsn, role="source", deadlines=deadlines)
    try:
        # From the first statement on: the size of a table can only be read behind its lock.
        await holder.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}", doing="locking the tables")
        catalog = await read_catalog(holder)
        for _ in range(LOCK_ROUNDS_MAX):
            locked = _lockable(catalog.relations)
            await holder.execute(_BEGIN, doing="opening the snapshot")
            await _lock(holder, locked)
            catalog = await read_catalog(holder)
            if {relation.oid for relation in _lockable(catalog.relations)} <= {relation.oid for relation in locked}:
                name = await holder.fetch_value("SELECT pg_export_snapshot()", doing="exporting the snapshot")
                return Snapshot(holder, str(name), catalog)
            await holder.rollback()
    except BaseException:
        await holder.close()
        raise
    await holder.close()
    raise ServerError(
        "could not lock the source's tables: new ones appeared each time",
        sqlstate="55P03",
        hint="Try again when nobody creates tables on the source.",
    )


def _lockable(relations: Iterable[Relation]) -> list[Relation]:
    return [relation for relation in relations if relation.kind == "r" and relation.may_select]


async def _lock(holder: Connection, relations: list[Relation]) -> None:
    if relations:
        names = ", ".join(f"ONLY {qualified(relation.schema, relation.name)}" for relation in relations)
        await holder.execute(f"LOCK TABLE {names} IN ACCESS SHARE MODE", doing="locking the tables")
