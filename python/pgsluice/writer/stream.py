"""Writes a backfill's batch that is too large to be held: pieces in one open transaction, whole or not at all."""

from __future__ import annotations

from contextlib import AsyncExitStack

from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, SluiceError
from pgsluice.pipeline.retry import with_retries
from pgsluice.points import reached
from pgsluice.writer.buffer import Buffer
from pgsluice.writer.delivery import Passage, opened, write_portions
from pgsluice.writer.flushed import Flushed, Landed
from pgsluice.writer.flushing import Flusher
from pgsluice.writer.lost_session import LostSession
from pgsluice.writer.passages import Span
from pgsluice.writer.repeats import told_apart
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings


class Stream:
    """The transaction of one batch, opened by its first piece.

    What was sent is gone from memory, so nothing is tried again but the question whether it was committed.
    """

    def __init__(
        self, sessions: WriterSessions, flusher: Flusher, settings: WriterSettings, span: Span, passage: Passage | None
    ) -> None:
        self._sessions, self._flusher, self._settings = sessions, flusher, settings
        self._span, self._passage = span, passage
        self._stack = AsyncExitStack()
        self._connection: Connection | None = None
        self._error: BaseException | None = None
        self._staged: set[str] = set()
        self._landed = Landed()

    @property
    def is_open(self) -> bool:
        """Whether something was sent, or has failed to be."""
        return self._connection is not None or self._error is not None

    async def send(self, buffer: Buffer) -> Connection:
        """Write a piece. After an error nothing more is taken, and nothing of the batch stays."""
        if self._error is not None:
            raise self._error
        try:
            connection = self._connection or await self._open()
            given = self._flusher.portions(buffer)
            if self._flusher.makes_partitions:
                # Not in the batch's transaction: others would wait for its end.
                async with self._sessions.another(connection) as other:
                    await self._flusher.make_partitions(other, given)
            portions = await told_apart(connection, given)
            is_own = self._sessions.is_own
            delivery = await write_portions(connection, portions, None, is_own=is_own, staged=self._staged)
            self._landed.add(self._flusher.told(portions, delivery))
            reached("writer-piece-sent")
        except BaseException as error:
            if isinstance(error, SluiceError):
                error.give_hint("Nothing of the batch was written: begin it again, its rows are not kept.")
            self._error = error
            await self._leave(error)
            raise
        return connection

    async def _open(self) -> Connection:
        connection = await self._stack.enter_async_context(self._sessions.session())
        await self._stack.enter_async_context(opened(connection, is_durable=False))
        if self._passage is not None:
            await write_portions(connection, (), self._passage, is_own=self._sessions.is_own)
        self._connection = connection
        return connection

    async def finish(self, buffer: Buffer) -> Flushed:
        """Write the last piece, record the range and commit."""
        connection = await self.send(buffer)
        try:
            await self._span.record(connection)
        except BaseException as error:
            await self._leave(error)
            raise
        try:
            await self._stack.aclose()
        except ConnectionLostError:
            if not await self._is_committed(connection.server_pid):
                raise
        return self._landed.taken()

    async def abort(self, error: BaseException) -> None:
        """Take everything back, and nothing more: the session is somebody else's now."""
        if self._error is None:
            self._error = error
            await self._leave(error)

    async def _leave(self, error: BaseException) -> None:
        """End the transaction by an error, which is not raised again here."""
        await self._stack.__aexit__(type(error), error, error.__traceback__)

    async def _is_committed(self, lost_pid: int) -> bool:
        """Ask for the batch's number, in a way that waits for a COMMIT that is still on its way."""
        if self._passage is None:
            return False
        passage = self._passage
        lost = LostSession(lost_pid)

        async def ask() -> bool:
            async with self._sessions.session() as connection, lost.replaced_by(connection):
                return not (await write_portions(connection, (), passage, is_own=self._sessions.is_own)).is_through

        return await with_retries(ask, self._settings.retry, lambda *_: None)
