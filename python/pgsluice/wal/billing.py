"""Owns the bill of a stretch of the log: where it begins and ends, and what is said where records cannot be read."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import NotAllowedError, ServerError
from pgsluice.wal.bill import RecordKind, WalBill
from pgsluice.wal.records import Inspection, Stretch, Way, choose, read_kinds, statement, why_unread

_UPDATES = ("Heap/UPDATE", "Heap/HOT_UPDATE")
_COMMITS = ("Transaction/COMMIT", "Transaction/COMMIT_PREPARED")


@dataclass(frozen=True)
class Own:
    """The transactions whose records count, as 64-bit ids; none of them ended before the position `ended_after`."""

    xids: tuple[int, ...]
    ended_after: int


@contextlib.asynccontextmanager
async def session(dsn: Dsn) -> AsyncIterator[Connection]:
    """Open a session on the server that is measured."""
    connection = await connect(dsn, role="target")
    try:
        yield connection
    finally:
        await connection.close()


async def position(observer: Connection) -> int:
    """Where the log ends now, in bytes."""
    found: int = await observer.fetch_value(statement("position"), doing="reading the position of the log")
    return found


async def begin(observer: Connection, way: Way, *, has_checkpoint: bool) -> tuple[Inspection, int]:
    """Decide how the log will be read and say where it ends now; refuse before any work is done."""
    inspection = await choose(observer, way)
    if has_checkpoint:
        try:
            await observer.execute("CHECKPOINT", doing="CHECKPOINT", is_long=True)
        except NotAllowedError as error:
            error.hint = "GRANT pg_checkpoint TO the role (version 15 and later), or measure without a checkpoint."
            raise
    return inspection, await position(observer)


async def bill_since(observer: Connection, inspection: Inspection, start: int, own: Own | None) -> WalBill:
    """Give the bill of what was written since `start`: of these transactions, or of everybody."""
    # Whatever the role's setting is: records are read up to where the log is flushed, and no replica is waited for.
    await observer.execute("SET synchronous_commit = local", doing="changing a setting")
    end: int = await observer.fetch_value(statement("mark"), doing="marking the position of the log")
    if not inspection.can_read:
        return _bill_by_positions(end - start, inspection.refusal)
    try:
        kinds = await read_kinds(
            observer,
            inspection,
            Stretch(start, end),
            own=own.xids if own else None,
            ended_after=own.ended_after if own else start,
        )
    except ServerError as error:
        return _bill_by_positions(end - start, why_unread(error))
    return _of_transactions(kinds) if own else _of_server(kinds)


def _of_transactions(kinds: dict[str, list[RecordKind]]) -> WalBill:
    bill = WalBill(
        source="pg_walinspect",
        scope="transaction",
        kinds=tuple(kinds["own"]),
        without_xid=tuple(kinds["nobody"]),
        bytes=_bytes(kinds["own"]),
        others_bytes=_bytes(kinds["others"]),
    )
    return _counted(bill)


def _of_server(kinds: dict[str, list[RecordKind]]) -> WalBill:
    everybodys = kinds["own"] + kinds["nobody"]
    bill = WalBill(
        source="pg_walinspect",
        scope="server",
        kinds=tuple(everybodys),
        without_xid=tuple(kinds["nobody"]),
        bytes=_bytes(everybodys),
        note="no transaction of the work is known, so everybody's records are counted",
    )
    return _counted(bill)


def _bytes(kinds: list[RecordKind]) -> int:
    return sum(kind.bytes for kind in kinds)


def _counted(bill: WalBill) -> WalBill:
    """Fill in what the records tell; they count updates of the system's tables too."""
    return replace(
        bill, commits=bill.count(*_COMMITS), updates=bill.count(*_UPDATES), hot_updates=bill.count("Heap/HOT_UPDATE")
    )


def _bill_by_positions(grown_bytes: int, reason: str | None) -> WalBill:
    note = f"the growth of the whole server's log, other sessions' records included; no records: {reason}"
    return WalBill(source="lsn", scope="server", bytes=grown_bytes, note=note)
