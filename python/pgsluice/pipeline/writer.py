"""Masks a batch and writes it: rows, checkpoint and audit record in one transaction of the target."""

from __future__ import annotations

from collections.abc import Callable

from pgsluice._core import Batch, Program
from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, SluiceError
from pgsluice.pipeline.frame import Frame
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.masked import MaskedBatch, mask_batch
from pgsluice.pipeline.reader import ReadBatch
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.sessions import Sessions
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.turns import Turns
from pgsluice.points import reached
from pgsluice.state.checkpoints import has_checkpoint
from pgsluice.strategies.copy_in import TargetTable, write_by_copy
from pgsluice.strategies.freeze import FREEZE_BYTES_MIN, empty_to_freeze


class BatchWriter:
    """One connection to the target and the batches it takes in turn with other writers."""

    def __init__(
        self,
        sessions: Sessions,
        target: TargetTable,
        program: Program,
        ledger: Ledger,
        turns: Turns,
        settings: CopySettings,
        on_retry: Callable[[int, BaseException], None],
        *,
        slice_number: int,
    ) -> None:
        self._sessions = sessions
        self._target = target
        self._program = program
        self._ledger = ledger
        self._turns = turns
        self._settings = settings
        self._on_retry = on_retry
        self._slice_number = slice_number
        self._connection: Connection | None = None

    async def write(self, read: ReadBatch, frame: Frame) -> Batch:
        """Mask and commit one batch, and in its transaction what `frame` puts around it; the result tells counts.

        Raises DataError where a row cannot be masked, and what the target says where it cannot be written; then
        nothing of the batch is committed.
        """
        reached("batch-begins")
        masked = await mask_batch(self._program, self._ledger, self._target, read, slice_number=self._slice_number)
        reached("batch-masked")
        has_failed = False

        async def attempt() -> None:
            nonlocal has_failed
            if has_failed and await self._is_committed(read.number):
                return
            has_failed = True
            await self._write(masked, frame)

        await with_retries(attempt, self._settings.retry, self._on_retry)
        await self._turns.done(read.number)
        reached("batch-done")
        return masked.batch

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._sessions.give_back(self._connection)
            self._connection = None

    async def _write(self, masked: MaskedBatch, frame: Frame) -> None:
        connection = await self._open()
        try:
            await connection.execute("BEGIN", doing="BEGIN")
            is_large = masked.checkpoint.size_bytes >= FREEZE_BYTES_MIN
            is_frozen = is_large and frame.is_whole_table and await empty_to_freeze(connection, self._target)
            await write_by_copy(connection, self._target, masked.batch, is_frozen=is_frozen)
            reached("target-batch-counted")
            await self._turns.wait_for(masked.checkpoint.batch_number)
            await frame.write(connection)
            await self._ledger.commit(connection, [*frame.before, masked.event, *frame.after], [masked.checkpoint])
        except ConnectionLostError:
            await self._give_up(connection)
            raise
        except SluiceError:
            await connection.rollback()
            raise
        except BaseException:
            connection.terminate()
            self._connection = None
            raise

    async def _is_committed(self, number: int) -> bool:
        await self._ledger.settle()
        connection = await self._open()
        target = self._target
        return await has_checkpoint(
            connection, self._ledger.run_id, target.schema, target.name, self._slice_number, number
        )

    async def _open(self) -> Connection:
        if self._connection is None or self._connection.is_closed:
            self._connection = await self._sessions.take()
        return self._connection

    async def _give_up(self, connection: Connection) -> None:
        """Leave a broken connection, and make sure that the server leaves it too: it may still hold locks."""
        connection.terminate()
        self._connection = None
        try:
            fresh = await self._open()
            await fresh.end_session(connection.server_pid)
        except SluiceError:
            self._connection = None  # The next try says why.
