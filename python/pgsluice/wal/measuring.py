"""Owns a measurement: where the log stood before and after a piece of work, and which transaction the work was."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import NotAllowedError, ServerError, UsageError
from pgsluice.wal.bill import WalBill
from pgsluice.wal.records import Inspection, Way, choose, read_kinds, statement, why_unread

#: SQL, or a function that does the work on sessions of its own.
Work = str | Callable[[], Awaitable[object]]

_HINTS = {
    "25001": "Send it with --no-transaction (has_transaction=False).",
    "42501": "Grant the role what the SQL needs.",
}

# What our sessions are set to and a user's statement does not expect.
_OWN_SETTINGS = ("search_path", "row_security", "datestyle", "intervalstyle", "timezone", "bytea_output",
                 "default_transaction_isolation", "statement_timeout")  # fmt: skip


@dataclass(frozen=True)
class _Transaction:
    """What is known of the transaction that did the work; `xid` is None where it wrote nothing."""

    xid: str | None
    rows_changed: int
    updates: int
    hot_updates: int
    is_committed: bool
    syncs: int | None

    @property
    def own_xid(self) -> str:
        """An id to look for; 0 is no transaction's, so of one that wrote nothing nothing is found."""
        return self.xid or "0"


class Measured:
    """What `measuring` gives: after the block its `bill`."""

    def __init__(self) -> None:
        self._bill: WalBill | None = None

    @property
    def bill(self) -> WalBill:
        """The bill. Raises UsageError inside the block, where there is none yet."""
        if self._bill is None:
            raise UsageError("the bill is there when the measured block has ended")
        return self._bill


async def measure(
    server: Dsn | str,
    work: Work,
    *arguments: object,
    way: Way = "auto",
    has_checkpoint: bool = False,
    has_transaction: bool = True,
    is_rolled_back: bool = False,
) -> WalBill:
    """Do the work and give what it wrote to the log.

    SQL is really executed, with `arguments` for its $1, $2, ..., in one transaction that is committed, or rolled back
    with `is_rolled_back`; its records are told from other sessions' by the transaction's id. Without
    `has_transaction` it is sent as it is (VACUUM, or SQL with a COMMIT of its own), and like a function's work it is
    measured on the whole server. `has_checkpoint` starts with a checkpoint, so that each page is logged whole once.
    """
    if isinstance(work, str):
        return await _measure_sql(
            _dsn(server), work, arguments, way=way, has_checkpoint=has_checkpoint,
            has_transaction=has_transaction, is_rolled_back=is_rolled_back,
        )  # fmt: skip
    if arguments or is_rolled_back:
        raise UsageError("arguments and a rollback go with SQL, a function does its own work")
    async with measuring(server, way=way, has_checkpoint=has_checkpoint) as measured:
        await work()
    return measured.bill


@contextlib.asynccontextmanager
async def measuring(server: Dsn | str, *, way: Way = "auto", has_checkpoint: bool = False) -> AsyncIterator[Measured]:
    """Measure what the block writes, on whatever sessions; other sessions' records are in the bill as well."""
    async with _observer(_dsn(server)) as observer:
        inspection, start = await _begin(observer, way, has_checkpoint=has_checkpoint)
        measured = Measured()
        yield measured
        measured._bill = await _bill(observer, inspection, start, None)  # noqa: SLF001 - this module's own class


async def _measure_sql(
    dsn: Dsn,
    sql: str,
    arguments: Sequence[object],
    *,
    way: Way,
    has_checkpoint: bool,
    has_transaction: bool,
    is_rolled_back: bool,
) -> WalBill:
    if is_rolled_back and not has_transaction:
        raise UsageError("a rollback needs a transaction")
    async with _observer(dsn) as observer, _observer(dsn) as worker:
        await worker.execute("; ".join(f"RESET {name}" for name in _OWN_SETTINGS), doing="setting up a session")
        inspection, start = await _begin(observer, way, has_checkpoint=has_checkpoint)
        if not has_transaction:
            await _execute(worker, sql, arguments)
            return await _bill(observer, inspection, start, None)
        transaction = await _transact(observer, worker, sql, arguments, is_rolled_back=is_rolled_back)
        return await _bill(observer, inspection, start, transaction)


async def _execute(worker: Connection, sql: str, arguments: Sequence[object]) -> None:
    """Run the user's SQL; hints about copies would not help with its errors."""
    try:
        await worker.execute(sql, *arguments, doing="the statement", is_long=True)
    except ServerError as error:
        error.hint = _HINTS.get(error.sqlstate)
        raise
    except NotAllowedError as error:
        error.hint = _HINTS["42501"]
        raise


async def _transact(
    observer: Connection, worker: Connection, sql: str, arguments: Sequence[object], *, is_rolled_back: bool
) -> _Transaction | None:
    """Run the statement in a transaction; None if the SQL ended it and we know no longer which one it was."""
    syncs_before = await _syncs(observer, worker)
    await worker.execute("BEGIN", doing="BEGIN")
    try:
        await _execute(worker, sql, arguments)
        if not worker.is_in_transaction:
            return None
        (row,) = await worker.fetch(statement("transaction"), doing="asking for the transaction's id")
    except BaseException:
        await worker.rollback()
        raise
    if is_rolled_back:
        await worker.rollback()
    else:
        await worker.execute("COMMIT", doing="COMMIT", is_long=True)
    syncs_after = await _syncs(observer, worker)
    syncs = None if syncs_before is None or syncs_after is None else syncs_after - syncs_before
    return _Transaction(**dict(row), is_committed=not is_rolled_back, syncs=syncs)


async def _syncs(observer: Connection, worker: Connection) -> int | None:
    """How often the worker has flushed the log; None where the server does not count that for a session."""
    if worker.server_version < 18:
        return None
    await worker.fetch("SELECT pg_stat_force_next_flush()", doing="handing in the session's statistics")
    if await observer.fetch_value("SHOW fsync", doing="reading a setting") != "on":
        return None
    syncs: int = await observer.fetch_value(
        statement("syncs_of_session"), worker.server_pid, doing="reading statistics"
    )
    return syncs


def _dsn(server: Dsn | str) -> Dsn:
    return server if isinstance(server, Dsn) else Dsn.parse(server, role="target")


@contextlib.asynccontextmanager
async def _observer(dsn: Dsn) -> AsyncIterator[Connection]:
    connection = await connect(dsn, role="target")
    try:
        yield connection
    finally:
        await connection.close()


async def _begin(observer: Connection, way: Way, *, has_checkpoint: bool) -> tuple[Inspection, str]:
    inspection = await choose(observer, way)
    if has_checkpoint:
        try:
            await observer.execute("CHECKPOINT", doing="CHECKPOINT", is_long=True)
        except NotAllowedError as error:
            error.hint = "GRANT pg_checkpoint TO the role (version 15 and later), or measure without a checkpoint."
            raise
    start = await observer.fetch_value(
        "SELECT pg_current_wal_insert_lsn()::text", doing="reading the position of the log"
    )
    return inspection, start


async def _bill(observer: Connection, inspection: Inspection, start: str, transaction: _Transaction | None) -> WalBill:
    # Whatever the role's setting is: records are read up to where the log is flushed, and no replica is waited for.
    await observer.execute("SET synchronous_commit = local", doing="changing a setting")
    (mark,) = await observer.fetch(statement("mark"), doing="marking the position of the log")
    bill = await _bill_by_records(observer, inspection, start, mark["lsn"], transaction)
    if transaction is None:
        return bill
    return replace(
        bill,
        commits=1 if transaction.xid and transaction.is_committed else 0,
        rows_changed=transaction.rows_changed,
        # The statistics leave the system's own tables out, which the records do not.
        updates=transaction.updates,
        hot_updates=transaction.hot_updates,
        syncs=transaction.syncs,
    )


async def _bill_by_records(
    observer: Connection, inspection: Inspection, start: str, end: str, transaction: _Transaction | None
) -> WalBill:
    if not inspection.can_read:
        return await _bill_by_positions(observer, start, end, inspection.refusal)
    try:
        kinds = await read_kinds(observer, inspection, start, end, xid=transaction.own_xid if transaction else None)
    except ServerError as error:
        return await _bill_by_positions(observer, start, end, why_unread(error))
    own, without_xid = kinds["own"], kinds["nobody"]
    if transaction is not None:
        return WalBill(
            source="pg_walinspect",
            scope="transaction",
            bytes=sum(kind.bytes for kind in own),
            kinds=tuple(own),
            without_xid=tuple(without_xid),
            others_bytes=sum(kind.bytes for kind in kinds["others"]),
        )
    bill = WalBill(
        source="pg_walinspect",
        scope="server",
        bytes=sum(kind.bytes for kind in own + without_xid),
        kinds=tuple(own + without_xid),
        without_xid=tuple(without_xid),
        note="the work was not one transaction of ours, so everybody's records are counted",
    )
    hot_updates = bill.count("Heap/HOT_UPDATE")
    return replace(
        bill,
        commits=bill.count("Transaction/COMMIT", "Transaction/COMMIT_PREPARED"),
        updates=hot_updates + bill.count("Heap/UPDATE"),
        hot_updates=hot_updates,
    )


async def _bill_by_positions(observer: Connection, start: str, end: str, reason: str | None) -> WalBill:
    grown = await observer.fetch_value(
        "SELECT ($2::text::pg_lsn - $1::text::pg_lsn)::int8", start, end, doing="subtracting positions of the log"
    )
    note = f"the growth of the whole server's log, other sessions' records included; no records: {reason}"
    return WalBill(source="lsn", scope="server", bytes=grown, note=note)
