"""Reads whole tables through the core: one COPY each, batch by batch, in constant memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from pgsluice._core import Program, RawBatch, RowFault, Splitter, StreamFault
from pgsluice.errors import CountMismatchError, DataError, SluiceError, StreamError, place
from pgsluice.verification.request import VerifyObserver
from pgsluice.verification.sides import Side

Work = Callable[[RawBatch], None]


async def read_table(
    side: Side, label: str, query: str, program: Program, work: Work, *, batch_bytes: int, observer: VerifyObserver
) -> None:
    """Hand every row of a query to `work`, a batch at a time, in a thread while the next one is read.

    `program` knows how many fields a row has. Raises CountMismatchError where the server counted other rows than
    came, DataError for a row that `work` cannot take.
    """
    failure: SluiceError
    reader = _Reader(program, work, batch_bytes, observer)
    try:
        async with side.session() as connection:
            sent = await connection.copy_out(query, reader.take_chunk, doing=f'reading table "{label}"')
        rows = await reader.finish()
    except StreamFault as fault:
        failure = StreamError(f"could not read {place(label)} on the {side.role}: {fault}")
    except RowFault as fault:
        _, column, reason = fault.args
        failure = DataError(f"{place(label, column)}: a row of the source cannot be masked: {reason}")
    else:
        if sent == rows:
            return
        failure = CountMismatchError(
            f"{place(label)}: the {side.role} says it sent {sent} rows, {rows} came",
            hint="Something between the two drops rows; connect to the server directly.",
        )
    finally:
        await reader.close()
    raise failure


class _Reader:
    def __init__(self, program: Program, work: Work, batch_bytes: int, observer: VerifyObserver) -> None:
        self._splitter = Splitter(program)
        self._work = work
        self._batch_bytes = batch_bytes
        self._observer = observer
        self._rows = 0
        self._running: asyncio.Task[None] | None = None

    async def take_chunk(self, chunk: bytes) -> None:
        """Take a chunk of the stream; waits where the batch before this one is still worked on."""
        held_bytes = self._splitter.push(chunk)
        # Taken without a whole row, a wide one would be moved again with every chunk.
        if held_bytes >= self._batch_bytes and self._splitter.rows > self._rows:
            await self._hand_over(self._splitter.take())

    async def finish(self) -> int:
        """End the stream; give the count of its rows when all are worked on."""
        await self._hand_over(self._splitter.finish())
        if self._running is not None:
            await self._running
        return self._rows

    async def _hand_over(self, raw: RawBatch) -> None:
        if self._running is not None:
            await self._running
        self._rows += raw.rows
        self._observer.rows_read(raw.rows)
        self._running = asyncio.create_task(asyncio.to_thread(self._work, raw))

    async def close(self) -> None:
        """Let go of the rows; an error that nobody waited for any more is none."""
        self._splitter.discard()
        if self._running is not None:
            with contextlib.suppress(RowFault, asyncio.CancelledError):
                await self._running
