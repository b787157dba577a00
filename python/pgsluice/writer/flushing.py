"""Brings a buffer's rows to the server: prepared once, sent until they are in, or the error is permanent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pgsluice.config.table import Context
from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, ServerError
from pgsluice.partitions.refusal import PartitionsError
from pgsluice.pipeline.retry import is_passing, with_retries
from pgsluice.plan.writing import WritePlan
from pgsluice.points import reached
from pgsluice.state.batch_tokens import forget_writer
from pgsluice.writer.ahead import PartitionsAhead
from pgsluice.writer.buffer import Buffer
from pgsluice.writer.changed import what_changed
from pgsluice.writer.delivery import Delivery, Passage, deliver
from pgsluice.writer.flushed import Flushed, Landed, places_of
from pgsluice.writer.lost_session import LostSession
from pgsluice.writer.passages import Move, Numbers, Span
from pgsluice.writer.portion import Portion, portions_of
from pgsluice.writer.rejecting import Rejecting, RejectLimitError, RejectPlace
from pgsluice.writer.repeats import told_apart
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings

_LOST_HINT = (
    "Go on with a new connection and a new writer. A transaction that was open is rolled back; without one the rows "
    "may have been written, which a cursor tells: see Writer.batch."
)


class Flusher:
    """Writes buffers; several may be on their way, each in a session of its own."""

    def __init__(
        self,
        sessions: WriterSessions,
        plans: Mapping[str, WritePlan],
        settings: WriterSettings,
        context: Context,
        ahead: PartitionsAhead,
    ) -> None:
        self._sessions = sessions
        self._plans = plans
        self._names = {id(plan): name for name, plan in plans.items()}
        self._settings = settings
        self._is_durable = context == "live"
        self._ahead = ahead
        #: Where rejected rows go, if they do, and of which tables they may be.
        self.reject_place: RejectPlace | None = None
        self.rejecting_tables: frozenset[str] = frozenset()

    def portions(self, buffer: Buffer) -> list[Portion]:
        """Make a buffer's rows ready to be sent."""
        return [portion for table, rows in buffer.tables().items() for portion in portions_of(self._plans[table], rows)]

    def passage(self, portions: Sequence[Portion], numbers: Numbers) -> Passage | None:
        """What lets these portions through once; a caller's transaction decides that by itself."""
        if self._sessions.is_callers:
            return None
        # A backfill's commits wait for no disk. Its numbers are taken away at the end, and that commit does.
        return numbers.passage(portions) if self._is_durable else numbers.numbered()

    def rejecting(self, buffer: Buffer, numbers: Numbers | None = None) -> Rejecting | None:
        """What goes on without refused rows, where a table of the buffer asks for it."""
        if self.reject_place is None or not buffer.refusable:
            return None
        passage = None if numbers is None or self._sessions.is_callers else numbers.numbered()
        plans, tables, is_own = self._plans, self.rejecting_tables, self._sessions.is_own
        return Rejecting(plans, tables, buffer, self.reject_place, passage, is_own=is_own)

    async def write(
        self,
        portions: Sequence[Portion],
        passage: Passage | None,
        move: Move | Span | None = None,
        rejecting: Rejecting | None = None,
    ) -> Flushed:
        """Write all portions in one transaction, if the passage, or the cursor's move, lets them through.

        Raises the last error if it was permanent or tries ran out. Then nothing was written, but for a connection
        that was lost: the same passage tells on the next call.
        """
        retries = 0

        def count(*_: object) -> None:
            nonlocal retries
            retries += 1

        if isinstance(move, Move):
            passage = move.passage()
        lost = LostSession()

        looked_for: ServerError | None = None

        def may_look(error: ServerError) -> bool:
            # Once: after that it is a broken CHECK, and no partition that somebody has taken away. Of one error it is
            # asked by whoever would reject rows for it, and then by the retry.
            nonlocal looked_for
            if looked_for is None and not self._sessions.is_callers and self._ahead.should_look_again(error):
                looked_for = error
            return looked_for is error

        def is_worth(error: BaseException) -> bool:
            return is_passing(error) or (isinstance(error, ServerError) and may_look(error))

        async def attempt() -> Flushed:
            async with self._sessions.session() as connection, lost.replaced_by(connection):
                return await self._attempt(connection, portions, passage, move, rejecting, may_look)

        if not portions and passage is None and move is None and rejecting is None:
            return Flushed({})
        if self._sessions.is_callers:  # A failed transaction of the caller's cannot be gone on with.
            try:
                return await attempt()
            except ConnectionLostError as error:
                error.give_hint(_LOST_HINT)
                raise
        flushed = await with_retries(attempt, self._settings.retry, count, is_worth=is_worth)
        return replace(flushed, retries=retries)

    @property
    def makes_partitions(self) -> bool:
        """Whether there are tables whose partitions are made ahead."""
        return self._ahead.is_watching

    async def make_partitions(self, connection: Connection, portions: Sequence[Portion]) -> None:
        """Make the partitions that rows need and that are missing."""
        await self._ahead.ensure(connection, portions)

    async def forget(self, numbers: Numbers) -> None:
        """Take the row of a stream of numbers away. Its commit waits for the disk, and so for all commits before it."""

        async def attempt() -> None:
            async with self._sessions.session() as connection:
                await forget_writer(connection, numbers.writer)

        await with_retries(attempt, self._settings.retry, lambda *_: None)

    async def _attempt(
        self,
        connection: Connection,
        portions: Sequence[Portion],
        passage: Passage | None,
        move: Move | Span | None,
        rejecting: Rejecting | None,
        may_look: Callable[[ServerError], bool],
    ) -> Flushed:
        reached("writer-flush-begins")
        portions = await self._placed(connection, portions, rejecting)
        try:
            apart, delivery = await self._deliver(connection, portions, passage, move, rejecting, may_look)
        except (ServerError, RejectLimitError) as error:
            # Whoever wrote the range before us is met in its rows first, where they have a key.
            if isinstance(move, Span) and not (connection.is_closed or connection.is_in_transaction):
                await move.refuse_if_written(connection)
            changed = await what_changed(connection, error, [portion.plan for portion in portions])
            if changed is not None:
                raise changed from error
            raise
        # A number that is not let through was written before the answer was lost; a cursor has to be asked.
        if not delivery.is_through and isinstance(move, Move):
            await move.check(connection)
        reached("writer-flush-answered")
        return self.told(apart, delivery, rejecting)

    async def _placed(
        self, connection: Connection, portions: Sequence[Portion], rejecting: Rejecting | None
    ) -> Sequence[Portion]:
        """Make partitions; rows that can have none are put aside where rows may be rejected."""
        if rejecting is None:
            await self.make_partitions(connection, portions)
            return portions
        try:
            await self.make_partitions(connection, rejecting.current(portions))
        except PartitionsError:
            await rejecting.put_unplaced_aside(lambda some: self.make_partitions(connection, some))
        return rejecting.current(portions)

    async def _deliver(
        self,
        connection: Connection,
        portions: Sequence[Portion],
        passage: Passage | None,
        move: Move | Span | None,
        rejecting: Rejecting | None,
        may_look: Callable[[ServerError], bool],
    ) -> tuple[Sequence[Portion], Delivery]:
        is_durable = self._is_durable
        closing = move.record if isinstance(move, Span) else None
        if rejecting is not None:
            return await rejecting.deliver(
                connection, portions, passage, is_durable=is_durable, may_look=may_look, closing=closing
            )
        apart = await told_apart(connection, portions)
        delivery = await deliver(
            connection, apart, passage, is_durable=is_durable, is_own=self._sessions.is_own, closing=closing
        )
        return apart, delivery

    def told(self, portions: Sequence[Portion], delivery: Delivery, rejecting: Rejecting | None = None) -> Flushed:
        """Say what became of portions."""
        landed = Landed()
        for portion in portions:
            name = self._names[id(portion.plan)]
            places = {name: places_of(portion, delivery.letters.get(id(portion)))} if portion.plan.is_returning else {}
            landed.add(Flushed({name: portion.rows.rows}, places=places))
        if rejecting is not None:
            landed.add(rejecting.told())
        return replace(landed.taken(), partitions_late=self._ahead.late)
