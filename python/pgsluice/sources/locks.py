"""Locks tables against what a snapshot does not protect from, and says who is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError, SluiceError

# A table under a waiting ALTER would make us queue behind it and everybody else behind us.
LOCK_TIMEOUT_MS = 10_000
LOCK_NOT_AVAILABLE = "55P03"
_OUT_OF_LOCKS = "53200"
# More names than these make an error that nobody reads.
_NAMES_MAX = 10


@dataclass(frozen=True)
class LockableTable:
    """A table by what it is and by its names at one moment."""

    oid: int
    schema: str
    name: str


class TableLockedError(ServerError):
    """A table could not be locked in time, because another session has it or waits for it."""

    code = "table-locked"


class LocksExhaustedError(ServerError):
    """A server has more tables than its lock table has room for."""

    code = "locks-exhausted"


async def lockable_tables(connection: Connection) -> list[LockableTable]:
    """Ask for the tables that the role may read."""
    rows = await connection.fetch(statement("lockable"), doing="reading the list of tables")
    return [LockableTable(row["oid"], row["schema"], row["name"]) for row in rows]


async def lock_tables(connection: Connection, tables: Sequence[tuple[str, str]]) -> None:
    """Lock tables, given by schema and name, ACCESS SHARE in the open transaction: they stay what they are.

    Raises TableLockedError or LocksExhaustedError; the transaction is over then.
    """
    if not tables:
        return
    names = ", ".join(f"ONLY {qualified(schema, name)}" for schema, name in tables)
    try:
        await connection.execute(f"LOCK TABLE {names} IN ACCESS SHARE MODE", doing="locking the tables")
    except ServerError as error:
        failure: SluiceError = error
    else:
        return
    await connection.rollback()
    sqlstate = getattr(failure, "sqlstate", "")
    if sqlstate == LOCK_NOT_AVAILABLE:
        failure = await table_locked(connection, tables)
    elif sqlstate == _OUT_OF_LOCKS:
        failure = await _locks_exhausted(connection, len(tables))
    raise failure


async def table_locked(connection: Connection, tables: Sequence[tuple[str, str]]) -> TableLockedError:
    """Make the error that says which of the tables are locked, and by which sessions."""
    schemas, names = [schema for schema, _ in tables], [name for _, name in tables]
    rows = await connection.fetch(statement("lock_holders"), schemas, names, doing="looking who holds locks")
    labels = list(dict.fromkeys(row["label"] for row in rows))
    what = f'table "{labels[0]}"' if labels else f"a table of {len(tables)}"
    more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
    detail = " ".join(
        f'{_session(row["pid"])} {"has" if row["is_granted"] else "waits for"} ACCESS EXCLUSIVE on "{row["label"]}".'
        for row in rows[:_NAMES_MAX]
    )
    return TableLockedError(
        f"could not lock {what}{more} on the {connection.role} within {LOCK_TIMEOUT_MS // 1000} s",
        sqlstate=LOCK_NOT_AVAILABLE,
        detail=detail or "Nobody has it any more.",
        hint="Wait for that session, or end it, then run the same command again.",
    )


def _session(pid: int | None) -> str:
    return "A prepared transaction" if pid is None else f"Session {pid}"


async def _locks_exhausted(connection: Connection, count: int) -> LocksExhaustedError:
    (room,) = await connection.fetch(statement("lock_room"), doing="reading the server's settings")
    have, transactions = room["locks_per_transaction"], room["transactions"]
    # Twice the tables: a reader locks the indexes of what it reads as well.
    wanted = max(2 * have, -(-2 * count // transactions))
    return LocksExhaustedError(
        f"cannot lock the {count:,} tables of the {connection.role}: it has no room for so many locks",
        sqlstate=_OUT_OF_LOCKS,
        detail=f"max_locks_per_transaction is {have}, which gives about {have * transactions:,} locks to all sessions.",
        hint=f"Set max_locks_per_transaction = {wanted} on the {connection.role} and restart it, or choose fewer "
        "tables at a time by the role's rights.",
    )
