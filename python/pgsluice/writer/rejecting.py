"""Writes a flush without the rows that cannot be written: their records commit with the others, within limits."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from pgsluice._core import Rows
from pgsluice.config.rejects import Rejects
from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, ServerError, SluiceError, UsageError, place
from pgsluice.plan.writing import WritePlan
from pgsluice.points import reached
from pgsluice.state.reject_file import RejectFile
from pgsluice.state.rejects import Reject, RejectSink, RejectTable
from pgsluice.strategies.statement import Outcome
from pgsluice.writer.buffer import Buffer
from pgsluice.writer.changed import what_changed
from pgsluice.writer.delivery import BEGIN_LOSSY, Closing, Delivery, Passage, deliver, write_portions
from pgsluice.writer.flushed import Flushed
from pgsluice.writer.intake import Refusable
from pgsluice.writer.isolation import Isolation, Lot, without
from pgsluice.writer.portion import Portion, portions_of
from pgsluice.writer.repeats import told_apart
from pgsluice.writer.unplaced import unplaced_rows

_OURS = "_pgsluice_ours"
_NOTHING = "Nothing was written. Rows of a flush are still in the writer, those of a batch are not."


class RejectLimitError(SluiceError):
    """More rows of a flush were refused than `Rejects` allows; nothing of the flush was written."""

    code = "reject-limit"


class RejectPlace:
    """Owns where a writer's rejected rows go."""

    def __init__(self, rejects: Rejects) -> None:
        self.limits = rejects
        self.sink: RejectSink | None = None
        # Rows of all flushes that were committed.
        self.rejected = 0

    async def open(self, connection: Connection, *, is_callers: bool) -> None:
        """Make the table, or open the file. Raises UsageError for a file beside a caller's transaction."""
        if self.limits.table_name is not None:
            table = RejectTable(*self.limits.table_name)
            await table.make(connection)
            self.sink = table
        elif self.limits.path is not None:
            if is_callers:
                raise UsageError(
                    "a reject file cannot be used with a connection of the caller's",
                    hint="Its records would stay if the transaction does not: name a table.",
                )
            file = RejectFile(self.limits.path)
            file.open()
            self.sink = file

    def close(self) -> None:
        """Let go of the file."""
        if self.sink is not None:
            self.sink.close()


class Rejecting:
    """One flush whose refused rows are rejected; kept over its tries.

    From the first refused row on it is written under a number, whatever its strategies: a try whose answer was lost
    must not record the rows twice.
    """

    def __init__(
        self,
        plans: Mapping[str, WritePlan],
        rejecting: frozenset[str],
        buffer: Buffer,
        reject_place: RejectPlace,
        passage: Passage | None,
        *,
        is_own: bool,
    ) -> None:
        self._is_own = is_own
        self._lots = [
            Lot(name, plans[name], Rows.joined(rows), name in rejecting) for name, rows in buffer.tables().items()
        ]
        self._plans = plans
        self._refusable = dict(buffer.refusable)
        self.faults = sum(len(part.faults) for parts in self._refusable.values() for part in parts)
        self._rows = self.faults + sum(lot.rows.rows for lot in self._lots)
        self._place = reject_place
        self._passage = passage
        self._flush = uuid.uuid4()
        self._is_refused = False
        self._portions: list[Portion] | None = None
        # The numbers of rejected rows by table, of the last try.
        self._rejected: Mapping[str, set[int]] = {}

    def __repr__(self) -> str:
        return f"<Rejecting of {self._rows} rows>"

    def current(self, portions: Sequence[Portion]) -> Sequence[Portion]:
        """The portions without the rows that were put aside before they were sent."""
        return portions if self._portions is None else self._portions

    async def put_unplaced_aside(self, make: Callable[[Sequence[Portion]], Awaitable[None]]) -> None:
        """Put the rows aside that can have no partition. Raises PartitionsError where they may not be."""
        for number, lot in enumerate(self._lots):
            if not lot.is_rejecting:
                await make([Portion(lot.plan, lot.rows)])
                continue
            refused = await unplaced_rows(lot.plan, lot.rows, make)
            self._lots[number] = replace(lot, rows=without(lot.rows, refused))
            column = next(iter(lot.plan.target.partition_columns), None)
            faults = [(position, column, "no partition can be made for it") for position in sorted(refused)]
            parts = self._refusable[lot.name]
            ends = [(part, part.given.first + part.given.count) for part in parts]
            self._refusable[lot.name] = [
                replace(part, faults=part.faults + tuple(f for f in faults if part.given.first <= f[0] < end))
                for part, end in ends
            ]
            self.faults += len(refused)
        self._portions = [portion for lot in self._lots for portion in portions_of(lot.plan, [lot.rows])]

    async def deliver(
        self,
        connection: Connection,
        portions: Sequence[Portion],
        passage: Passage | None,
        *,
        is_durable: bool,
        may_look: Callable[[ServerError], bool],
        closing: Closing | None = None,
    ) -> tuple[list[Portion], Delivery]:
        """Write what can be written if the passage lets it through; tell what was sent, and what became of it."""
        is_callers = connection.is_in_transaction
        if not (self._is_refused or self.faults or is_callers):
            try:
                apart = await told_apart(connection, portions)
                return apart, await deliver(
                    connection, apart, passage, is_durable=is_durable, is_own=self._is_own, closing=closing
                )
            except ServerError as error:
                if not error.is_about_row or may_look(error):
                    raise
                failure = error
            # Where a column has become NOT NULL, rows are not to blame.
            changed = await what_changed(connection, failure, [lot.plan for lot in self._lots])
            if changed is not None:
                raise changed
            self._is_refused = True
        whole = None if self._is_refused else portions
        isolation = Isolation(connection, self._lots, self._check_rows, may_look, is_own=self._is_own)
        try:
            is_through = await self._deliver(
                connection, isolation, whole, passage or self._passage, is_durable=is_durable, closing=closing
            )
        except ConnectionLostError:  # Whether it was committed is told by the next try.
            raise
        except Exception:
            await self._settle(is_committed=False)
            raise
        await self._settle(is_committed=True)
        self._place.rejected += sum(len(positions) for positions in self._rejected.values())
        reached("writer-rejects-committed")
        if not is_through:
            return list(portions), Delivery(is_through=False)
        return isolation.sent, isolation.delivery

    def told(self) -> Flushed:
        """What is to be told of rejected rows."""
        places: dict[str, Mapping[int, Outcome]] = {
            name: dict.fromkeys(positions, "rejected")
            for name, positions in self._rejected.items()
            if self._plans[name].is_returning
        }
        rejected = {name: len(positions) for name, positions in self._rejected.items() if positions}
        return Flushed({}, places=places, rejected=rejected)

    async def _deliver(
        self,
        connection: Connection,
        isolation: Isolation,
        whole: Sequence[Portion] | None,
        passage: Passage | None,
        *,
        is_durable: bool,
        closing: Closing | None,
    ) -> bool:
        """Write in one transaction, if the passage lets it through."""
        is_callers = connection.is_in_transaction
        async with _within(connection, is_durable=is_durable):
            if passage and not (await write_portions(connection, (), passage, is_own=self._is_own)).is_through:
                return False
            await isolation.run(whole, is_callers=is_callers)
            errors = {name: refused.errors for name, refused in isolation.refused.items()}
            rejects = self._records(errors)
            self._check_percent(rejects)
            await self._record(connection, rejects)
            self._rejected = {
                name: set(errors.get(name, ())) | {position for part in parts for position, _, _ in part.faults}
                for name, parts in self._refusable.items()
            }
            if closing is not None:
                await closing(connection)
        return True

    async def _record(self, connection: Connection, rejects: Sequence[Reject]) -> None:
        if self._place.sink is not None:
            await self._place.sink.record(connection, self._flush, rejects)
        reached("writer-rejects-recorded")

    async def _settle(self, *, is_committed: bool) -> None:
        if self._place.sink is not None:
            await self._place.sink.settle(self._flush, is_committed=is_committed)

    def _check_rows(self, refused: int) -> None:
        if refused + self.faults > self._place.limits.rows_max:
            raise RejectLimitError(
                f"more rows were refused than may be: expected at most {self._place.limits.rows_max}",
                detail=_NOTHING,
                hint='Look at the first of them with on_error="fail", or raise rows_max of Rejects.',
            )

    def _check_percent(self, rejects: Sequence[Reject]) -> None:
        self._check_rows(len(rejects) - self.faults)
        percent_max = self._place.limits.percent_max
        if percent_max is not None and len(rejects) * 100 > percent_max * self._rows:
            causes = Counter((reject.relation, reject.reason) for reject in rejects).most_common(5)
            told = "; ".join(f"{place(relation)}: {count} for {reason}" for (relation, reason), count in causes)
            raise RejectLimitError(
                f"more rows were refused than may be: expected at most {percent_max} percent of {self._rows},"
                f" found {len(rejects)}",
                detail=f"Most: {told}. {_NOTHING}",
            )

    def _records(self, refused: Mapping[str, Mapping[int, ServerError]]) -> list[Reject]:
        found = []
        for name, parts in self._refusable.items():
            reasons: dict[int, tuple[str | None, str | None, str | None, str]] = {
                position: (error.sqlstate, error.column, error.constraint, error.condition or "error")
                for position, error in refused.get(name, {}).items()
            }
            reasons |= {position: (None, column, None, why) for part in parts for position, column, why in part.faults}
            starts = [part.given.first for part in parts]
            found += [
                self._reject(self._plans[name], parts[bisect_right(starts, position) - 1], position, *why)
                for position, why in sorted(reasons.items())
            ]
        return sorted(found, key=lambda reject: (reject.call, reject.position))

    @staticmethod
    def _reject(
        plan: WritePlan,
        part: Refusable,
        position: int,
        sqlstate: str | None,
        column: str | None,
        constraint: str | None,
        reason: str,
    ) -> Reject:
        return Reject(
            relation=plan.target.label,
            sqlstate=sqlstate,
            column=column,
            constraint=constraint,
            reason=reason,
            call=part.call,
            position=position - part.call_first,
            given=part.given.texts(position, plan.column_names),
        )


@asynccontextmanager
async def _within(connection: Connection, *, is_durable: bool) -> AsyncIterator[None]:
    """Be in a transaction; of a caller's an error takes back only what is done in here."""
    doing = "going on without the rows that are refused"
    if not connection.is_in_transaction:
        async with connection.transaction("BEGIN" if is_durable else BEGIN_LOSSY):
            yield
        return
    await connection.execute(f"SAVEPOINT {_OURS}", doing=doing)
    try:
        yield
    except ConnectionLostError:
        raise
    except Exception:
        await connection.execute(f"ROLLBACK TO SAVEPOINT {_OURS}; RELEASE SAVEPOINT {_OURS}", doing=doing)
        raise
    await connection.execute(f"RELEASE SAVEPOINT {_OURS}", doing=doing)
