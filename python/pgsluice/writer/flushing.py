"""Brings a buffer's rows to the server: prepared once, sent until they are in, or the error is permanent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pgsluice.config.table import Context
from pgsluice.driver import Connection
from pgsluice.pipeline.retry import with_retries
from pgsluice.plan.writing import WritePlan
from pgsluice.writer.buffer import Buffer
from pgsluice.writer.delivery import Passage, deliver
from pgsluice.writer.passages import Move, Numbers
from pgsluice.writer.portion import Portion, portions_of
from pgsluice.writer.repeats import told_apart
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings


@dataclass(frozen=True)
class Flushed:
    """What a flush sent: rows by table, without those that a later row of the same key replaced."""

    rows: Mapping[str, int]
    retries: int = 0


class Flusher:
    """Writes buffers; several may be on their way, each in a session of its own."""

    def __init__(
        self, sessions: WriterSessions, plans: Mapping[str, WritePlan], settings: WriterSettings, context: Context
    ) -> None:
        self._sessions = sessions
        self._plans = plans
        self._settings = settings
        self._is_durable = context == "live"

    def portions(self, buffer: Buffer) -> list[Portion]:
        """Make a buffer's rows ready to be sent."""
        return [portion for table, rows in buffer.tables().items() for portion in portions_of(self._plans[table], rows)]

    def passage(self, portions: Sequence[Portion], numbers: Numbers) -> Passage | None:
        """What lets these portions through once; a caller's transaction decides that by itself."""
        return None if self._sessions.is_callers else numbers.passage(portions)

    async def write(self, portions: Sequence[Portion], passage: Passage | None, move: Move | None = None) -> Flushed:
        """Write all portions in one transaction, if the passage, or the cursor's move, lets them through.

        Raises the last error if it was permanent or tries ran out. Then nothing was written, but for a connection
        that was lost: the same passage tells on the next call.
        """
        retries = 0

        def count(*_: object) -> None:
            nonlocal retries
            retries += 1

        if move is not None:
            passage = move.passage()

        async def attempt() -> None:
            async with self._sessions.session() as connection:
                await self._deliver(connection, portions, passage, move)

        if not portions and passage is None:
            return Flushed({})
        if self._sessions.is_callers:  # A failed transaction of the caller's cannot be gone on with.
            await attempt()
        else:
            await with_retries(attempt, self._settings.retry, count)
        rows: dict[str, int] = {}
        for portion in portions:
            label = portion.plan.target.label
            rows[label] = rows.get(label, 0) + portion.rows.rows
        return Flushed(rows, retries)

    async def _deliver(
        self, connection: Connection, portions: Sequence[Portion], passage: Passage | None, move: Move | None
    ) -> None:
        is_through = await deliver(
            connection,
            await told_apart(connection, portions),
            passage,
            is_durable=self._is_durable,
            is_own=self._sessions.is_own,
        )
        # A number that is not let through was written before the answer was lost; of a cursor it has to be asked.
        if not is_through and move is not None:
            await move.check(connection)
