"""Owns a measurement: doing the work, and knowing which transactions it was."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pgsluice.driver import Connection, Dsn
from pgsluice.errors import NotAllowedError, ServerError, UsageError
from pgsluice.wal.bill import WalBill
from pgsluice.wal.billing import Own, begin, bill_since, position, session
from pgsluice.wal.records import Way, statement

#: SQL, or a function that does the work on sessions of its own; where it gives an awaitable, that is awaited.
Work = str | Callable[[], object]

_HINTS = {"25001": "Send it with --no-transaction (has_transaction=False)."}
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_COPY_IN = re.compile(r"\bcopy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE)

# What our sessions are set to and a user's statement does not expect.
_OWN_SETTINGS = ("search_path", "row_security", "datestyle", "intervalstyle", "timezone", "bytea_output",
                 "default_transaction_isolation", "statement_timeout")  # fmt: skip


@dataclass(frozen=True)
class _Transaction:
    """What is known of the transaction that SQL was executed in, without reading the log."""

    own: Own
    rows_changed: int
    updates: int
    hot_updates: int
    commits: int
    syncs: int | None


class Measured:
    """What `measuring` gives: after the block its `bill`."""

    def __init__(self) -> None:
        self._bill: WalBill | None = None
        self._xids: list[int] = []

    @property
    def bill(self) -> WalBill:
        """The bill. Raises UsageError inside the block, where there is none yet."""
        if self._bill is None:
            raise UsageError("the bill is there when the measured block has ended")
        return self._bill

    def count_only(self, *xids: int) -> None:
        """Name transactions of the work, as pg_current_xact_id() gives them; only those that are named count then."""
        self._xids += xids


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
        if is_rolled_back and not has_transaction:
            raise UsageError("a rollback needs a transaction")
        _refuse_unexecutable(work)
        async with session(_dsn(server)) as observer, session(_dsn(server)) as worker:
            await worker.execute("; ".join(f"RESET {name}" for name in _OWN_SETTINGS), doing="setting up a session")
            inspection, start = await begin(observer, way, has_checkpoint=has_checkpoint)
            if not has_transaction:
                await _execute(worker, work, arguments)
                return await bill_since(observer, inspection, start, None)
            transaction = await _transact(observer, worker, work, arguments, is_rolled_back=is_rolled_back)
            bill = await bill_since(observer, inspection, start, transaction.own if transaction else None)
            return bill if transaction is None else _completed(bill, transaction)
    if not callable(work):
        raise UsageError("cannot measure work of this kind: expected SQL or a function")
    if arguments or is_rolled_back:
        raise UsageError("arguments and a rollback go with SQL, a function does its own work")
    async with measuring(server, way=way, has_checkpoint=has_checkpoint) as measured:
        done = work()
        if inspect.isawaitable(done):
            await done
    return measured.bill


@contextlib.asynccontextmanager
async def measuring(server: Dsn | str, *, way: Way = "auto", has_checkpoint: bool = False) -> AsyncIterator[Measured]:
    """Measure what the block writes, on whatever sessions.

    Everybody's records are in the bill, unless the block names its transactions: `measured.count_only(xid)`.
    """
    async with session(_dsn(server)) as observer:
        inspection, start = await begin(observer, way, has_checkpoint=has_checkpoint)
        measured = Measured()
        yield measured
        xids = tuple(measured._xids)  # noqa: SLF001 - this module's own class
        own = Own(xids, ended_after=start) if xids else None
        measured._bill = await bill_since(observer, inspection, start, own)  # noqa: SLF001 - as above


def _dsn(server: Dsn | str) -> Dsn:
    if isinstance(server, Dsn):
        return server
    if isinstance(server, str):
        return Dsn.parse(server, role="target")
    raise UsageError(
        "cannot measure through an object of this kind: expected a DSN",
        hint="The log is read on sessions of its own. What your connection or pool does is measured as a function, "
        "or as a block of pgsluice.wal.measuring(dsn).",
    )


def _completed(bill: WalBill, transaction: _Transaction) -> WalBill:
    """Add what the session knew; its statistics leave the system's own tables out, which the records do not."""
    return replace(
        bill,
        commits=transaction.commits,
        rows_changed=transaction.rows_changed,
        updates=transaction.updates,
        hot_updates=transaction.hot_updates,
        syncs=transaction.syncs,
    )


def _refuse_unexecutable(sql: str) -> None:
    """Refuse what the driver would wait for ever with, or not answer: COPY FROM STDIN, and nothing at all."""
    text = _COMMENT.sub(" ", sql)
    if not text.strip(" \t\r\n;"):
        raise UsageError("there is no SQL to execute")
    if _COPY_IN.search(text):
        raise UsageError(
            "cannot measure COPY FROM STDIN as SQL: it has no rows to read",
            hint="Measure a function that copies: pgsluice.wal.measure(dsn, function).",
        )


@contextlib.contextmanager
def _hints() -> Iterator[None]:
    """Put hints to the errors of the user's SQL that fit them: others speak of copies."""
    try:
        yield
    except ServerError as error:
        error.hint = _HINTS.get(error.sqlstate)
        raise
    except NotAllowedError as error:
        error.hint = "Grant the role what the SQL needs."
        raise


async def _execute(worker: Connection, sql: str, arguments: Sequence[object]) -> None:
    with _hints():
        await worker.execute(sql, *arguments, doing="the statement", is_long=True)


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
        before_end = await position(observer)
    except BaseException:
        await worker.rollback()
        raise
    if is_rolled_back:
        await worker.rollback()
    else:
        with _hints():
            await worker.execute("COMMIT", doing="COMMIT", is_long=True)
    syncs_after = await _syncs(observer, worker)
    xids = () if row["xid"] is None else (int(row["xid"]),)
    return _Transaction(
        own=Own(xids, ended_after=before_end),
        rows_changed=row["inserts"] + row["updates"] + row["deletes"],
        updates=row["updates"],
        hot_updates=row["hot_updates"],
        commits=0 if is_rolled_back else len(xids),
        syncs=None if syncs_before is None or syncs_after is None else syncs_after - syncs_before,
    )


async def _syncs(observer: Connection, worker: Connection) -> int | None:
    """How often the worker has flushed the log; None where the server does not count that for a session."""
    if worker.server_version < 18:
        return None
    await worker.fetch("SELECT pg_catalog.pg_stat_force_next_flush()", doing="handing in the session's statistics")
    if await observer.fetch_value("SHOW fsync", doing="reading a setting") != "on":
        return None
    syncs: int = await observer.fetch_value(
        statement("syncs_of_session"), worker.server_pid, doing="reading statistics"
    )
    return syncs
