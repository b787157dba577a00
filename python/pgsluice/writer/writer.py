"""`Writer`: what a program gives its rows to. Owns the buffer and when it is flushed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Literal, Self

from pgsluice.catalog.write_targets import read_write_targets
from pgsluice.config.rejects import Rejects
from pgsluice.config.table import CONTEXTS, Context, Table
from pgsluice.driver import Connection
from pgsluice.errors import SluiceError, UsageError, in_quotes
from pgsluice.plan.writes import plan_writes
from pgsluice.plan.writing import WritePlan
from pgsluice.state.batch_tokens import make_writer_state
from pgsluice.writer.ahead import PartitionsAhead
from pgsluice.writer.batch import Batch
from pgsluice.writer.batches import Batches
from pgsluice.writer.flights import Flights
from pgsluice.writer.flushed import Flushed
from pgsluice.writer.flushing import Flusher
from pgsluice.writer.intake import Intake
from pgsluice.writer.outbox import Outbox
from pgsluice.writer.proof import prove, refuse_read_only
from pgsluice.writer.rejecting import RejectPlace
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings
from pgsluice.writer.staging import Staging


class Writer:
    """Write rows into declared tables, each by its strategy.

        async with Writer(dsn, {"balances": Table(), "visits": Table(strategy="accumulate")}) as writer:
            await writer.write("balances", [(1, "usd", 10)])
            await writer.write("visits", {"page": ["/", "/about"], "visits": [3, 1]})
            await writer.flush()

    `where` is a DSN, a pool of asyncpg, or a connection of asyncpg: then rows are written in the transaction that is
    open there and committed with it. `tables` names what is written; names are found as SQL finds them.

    Used as `async with`; the block's end writes what is left. A flush that fails for good raises at the next call,
    and its rows stay in the writer: flush again, or `discard()` them. Several tasks may use one writer: their calls
    take turns, and blocks of `batch` run side by side.
    """

    def __init__(
        self,
        where: Any,
        tables: Mapping[str, Table],
        *,
        context: Context = "live",
        settings: WriterSettings | None = None,
        rejects: Rejects | None = None,
    ) -> None:
        if context not in CONTEXTS:
            raise UsageError(
                f"unrecognized context {in_quotes(str(context))}", hint=f"Contexts are {', '.join(CONTEXTS)}."
            )
        if not tables:
            raise UsageError("a writer without tables", hint='Name each table that is written: {"balances": Table()}.')
        self._rejecting = frozenset(name for name, table in tables.items() if table.on_error == "reject")
        if bool(self._rejecting) != (rejects is not None):
            raise UsageError(
                'on_error="reject" and rejects go together: expected both or neither',
                hint='Writer(..., rejects=Rejects(table="public.rejects"))',
            )
        self._reject_place = RejectPlace(rejects) if rejects else None
        self._tables = dict(tables)
        self._context = context
        self._settings = settings or WriterSettings()
        self._sessions = WriterSessions(where, self._settings)
        self._plans: dict[str, WritePlan] = {}
        self._intake = Intake({}, frozenset())
        self._staging = Staging(self._sessions, {}, self._settings)
        self._outbox: Outbox | None = None
        # Of calls that send rows: the rows of two would go in any order, and one flush twice.
        self._turn = asyncio.Lock()
        self._state: Literal["new", "open", "closed"] = "new"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            await self.close()
        else:
            await self.abort()

    async def start(self) -> None:
        """Connect, look at the tables and choose. Raises PlanRefusedError for what cannot work."""
        if self._state == "open":
            raise UsageError("the writer has begun already")
        try:
            await self._plan()
        except BaseException:
            await self._end()
            raise
        self._state = "open"

    def _opened(self) -> Outbox:
        if self._state != "open" or self._outbox is None:
            raise UsageError(
                "the writer is closed" if self._state == "closed" else "the writer has not begun",
                hint="Use it inside of `async with`, or between start() and close().",
            )
        return self._outbox

    async def _plan(self) -> None:
        async with self._sessions.session() as connection:
            await refuse_read_only(connection)
            targets = await read_write_targets(connection, list(self._tables))
            self._plans = plan_writes(targets, self._tables, self._context)
            await prove(connection, self._plans.values())
            if self._reject_place is not None:
                await self._reject_place.open(connection, is_callers=self._sessions.is_callers)
            is_numbered = any(not plan.is_repeatable for plan in self._plans.values())
            if is_numbered or self._reject_place is not None or self._context == "backfill":
                await self._make_state(connection)
            self._staging = Staging(self._sessions, self._plans, self._settings)
            await self._staging.prepare(connection)
            partitions = {name: table.partitions for name, table in self._tables.items() if table.partitions}
            ahead = PartitionsAhead(self._plans, partitions)
            await ahead.begin(connection)
        self._intake = Intake(self._plans, self._rejecting)
        self._flusher = Flusher(self._sessions, self._plans, self._settings, self._context, ahead)
        self._flusher.reject_place, self._flusher.rejecting_tables = self._reject_place, self._rejecting
        self._batches = Batches(self._sessions, self._flusher, self._intake.take, self._settings, self._context)
        is_callers = self._sessions.is_callers
        is_ordered = is_callers or not all(plan.is_copy for plan in self._plans.values())
        self._flights = Flights(self._flusher, flights_max=1 if is_ordered else self._settings.flights_max)
        self._outbox = Outbox(
            self._flights, self._settings, self._sessions, is_ordered=is_ordered, is_callers=is_callers
        )

    async def _make_state(self, connection: Connection) -> None:
        if not self._sessions.is_callers:
            await make_writer_state(connection)

    def explain(self) -> list[WritePlan]:
        """Give the plan of each table: strategy, statement and reasons."""
        return list(self._plans.values())

    async def write(self, table: str, rows: Any) -> int:
        """Take rows of a table; give their count. Waits while the server is behind.

        Rows are tuples in the order of the columns, mappings or dataclasses by name, one mapping of whole columns, or
        Arrow. Raises RowRefusedError for a row whose value does not fit its column, and what an earlier flush has met.
        Rows are asked for a few at a time, once there is room for them: of an error, `rows_taken` says how many of the
        call were taken. A call that is cancelled has taken those that it asked for.
        """
        try:
            return await self._write(table, rows)
        except SluiceError as error:
            del rows  # What collects the locals of frames must find no row in ours.
            raise error.with_traceback(None) from error.__cause__

    async def _write(self, table: str, rows: Any) -> int:
        count = 0
        try:
            async with self._turn:
                pieces = self._intake.take(table, rows)
                while True:
                    outbox = self._opened()
                    self._staging.raise_failure()
                    await outbox.room()
                    taken = next(pieces, None)
                    if taken is None:
                        return count
                    outbox.add(table, taken)
                    count += taken.count
        except SluiceError as error:
            error.rows_taken = count
            raise

    @property
    def rejected(self) -> int:
        """How many rows were rejected so far."""
        return self._reject_place.rejected if self._reject_place else 0

    async def flush(self) -> Flushed:
        """Write all rows that were taken; they are committed when this returns. Tell of all since the last call."""
        async with self._turn:
            return await self._flush()

    async def _flush(self) -> Flushed:
        outbox = self._opened()
        self._staging.raise_failure()
        await outbox.flush()
        return self._flights.collected()

    async def fold(self) -> None:
        """Add up now what strategy "staged" has staged; a writer does so by itself, every `fold_s` and at its end.

        One that writes through a caller's connection does not.
        """
        await self._staging.fold()

    def discard(self) -> int:
        """Forget the rows that are not written; give their count."""
        return self._outbox.discard() if self._outbox else 0

    def batch(self, cursor: str, start: int, end: int) -> AbstractAsyncContextManager[Batch]:
        """Collect rows that cover `cursor` from `start` up to `end`, without it; write them when the block ends.

            async with writer.batch("ledgers", 101, 102) as batch:
                await batch.write("balances", [(1, "usd", 10)])

        Rows and what the cursor says are one transaction. Live batches follow each other: CursorMovedError is raised,
        and nothing written, where the cursor is not at `start`; one that does not exist is made there. Batches of a
        backfill cover ranges in any order and side by side; one of which something is written is refused so.
        """
        self._opened()
        return self._batches.batch(cursor, start, end)

    async def gaps(self, cursor: str, start: int, end: int) -> list[tuple[int, int]]:
        """List what a cursor has not written from `start` up to `end`: ranges without their ends, in order."""
        self._opened()
        return await self._batches.gaps(cursor, start, end)

    async def position(self, cursor: str) -> int | None:
        """Where live batches of a cursor go on; None where there was none."""
        self._opened()
        return await self._batches.position(cursor)

    async def close(self) -> None:
        """Write what is left, then end the sessions that are ours. What a backfill wrote is on disk when this returns.

        If it raises, the rows are still there, and it can be called again; or `abort`.
        """
        if self._state == "closed":
            return
        try:
            async with self._turn:
                await self._flush()
                await self._staging.finish()
                for lane in (*self._flights.used_lanes, *self._batches.used_lanes):
                    await self._flusher.forget(lane)
                self._state = "closed"
        finally:
            await self._end()

    async def abort(self) -> None:
        """End without writing what is left; a flush on its way has two seconds to end, then it is taken back."""
        was_open, self._state = self._state == "open", "closed"
        try:
            if was_open:
                await self._flights.end()
        finally:
            await self._end()

    async def _end(self) -> None:
        if self._outbox is not None:
            self._outbox.stop()
        if self._reject_place is not None:
            self._reject_place.close()
        await self._staging.end()
        await self._sessions.close()
