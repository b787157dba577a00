"""Copies large objects as they are, in bounded memory: a batch of whole objects is one transaction of the target.

A kill takes back the batch that was under way, so no object is ever there in part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, SluiceError
from pgsluice.pipeline.request import LargeObjectReport, ObjectReport
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.slice_copy import RunContext
from pgsluice.pipeline.table_copy import RUN_ERRORS
from pgsluice.points import reached
from pgsluice.sources.large_objects import PAGE_OBJECTS, Head, read_heads, read_rest
from pgsluice.state.audit import Event
from pgsluice.state.large_objects import (
    DONE_EVENT,
    FAILED_EVENT,
    LargeObjectBatch,
    LargeObjectProgress,
    has_batch,
    write_batch,
)
from pgsluice.strategies.large_objects import write_piece, write_whole

LABEL = "large objects"
# A batch ends behind the object that makes it so large; a restart takes a lock for each of its objects.
BATCH_BYTES = 16 * 1024 * 1024
BATCH_OBJECTS = 1_000


@dataclass
class _Written:
    """What the open transaction has written: each object's OID, length and digest, in their order."""

    parts: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    is_last: bool = False

    @property
    def size_bytes(self) -> int:
        return sum(length for length, _ in self.parts.values())

    @property
    def is_full(self) -> bool:
        return len(self.parts) >= BATCH_OBJECTS or self.size_bytes >= BATCH_BYTES

    def digest(self) -> bytes:
        whole = hashlib.sha256()
        for oid, (length, digest) in sorted(self.parts.items()):
            whole.update(oid.to_bytes(4, "big") + length.to_bytes(8, "big") + digest)
        return whole.digest()


class LargeObjectCopy:
    """The copy of a source's large objects from where it stopped; `report` tells what became of it."""

    def __init__(self, context: RunContext, progress: LargeObjectProgress, *, count: int) -> None:
        self._context = context
        self._progress = progress
        self._count = count
        self._source: tuple[Connection, int] | None = None
        self._error: SluiceError | None = None

    @property
    def report(self) -> LargeObjectReport:
        """Say what became of them."""
        return LargeObjectReport(self._progress.objects, self._progress.size_bytes, self._error)

    @property
    def failures(self) -> list[ObjectReport]:
        """Say that they are not all there, if it is so."""
        return [ObjectReport(LABEL, self._error)] if self._error else []

    async def run(self) -> None:
        """Copy what is left. Raises only errors that end the run."""
        if self._progress.is_done:
            return
        observer = self._context.observer
        observer.table_started(LABEL, rows_done=self._progress.objects, rows_estimate=self._count)
        try:
            while not self._progress.is_done:
                await self._copy_batch()
        except RUN_ERRORS:
            raise
        except SluiceError as failed:
            self._error = failed.with_traceback(None)
        finally:
            self._drop_source()
        if self._error is not None:
            code = {"code": self._error.code, "sqlstate": getattr(self._error, "sqlstate", "")}
            await self._context.ledger.record([Event(FAILED_EVENT, code)])
        observer.table_finished(LABEL, state="failed" if self._error else "done")

    async def _copy_batch(self) -> None:
        """Copy one batch; what was committed though its answer was lost is not copied again."""
        sent: LargeObjectProgress | None = None

        async def attempt() -> LargeObjectProgress:
            nonlocal sent
            if sent is not None and await self._is_committed(sent):
                return sent
            sent = None
            connection = await self._context.sessions.take()
            try:
                await connection.execute("BEGIN", doing="BEGIN")
                written = await self._write(connection)
                sent, batch = self._after(written)
                await self._commit(connection, batch, sent)
            except ConnectionLostError:
                await self._give_up(connection)
                raise
            except SluiceError:
                await connection.rollback()
                self._drop_source()
                raise
            except BaseException:
                connection.terminate()
                self._drop_source()
                raise
            finally:
                await self._context.sessions.give_back(connection)
            return sent

        def tell(attempt: int, error: BaseException) -> None:
            sqlstate = getattr(error, "sqlstate", "")
            self._context.observer.event("retry", table=LABEL, attempt=attempt, sqlstate=sqlstate)

        before = self._progress
        self._progress = after = await with_retries(attempt, self._context.settings.retry, tell)
        if after.batches > before.batches:
            objects, size_bytes = after.objects - before.objects, after.size_bytes - before.size_bytes
            self._context.observer.batch_committed(LABEL, rows=objects, size_bytes=size_bytes)

    async def _write(self, target: Connection) -> _Written:
        """Write whole objects until the batch is full or there are no more."""
        written, after = _Written(), self._progress.after
        while not written.is_full and not written.is_last:
            source = await self._open_source()
            heads = await read_heads(source, after)
            reached("large-objects-read")
            for group in _groups(heads):
                if written.is_full:
                    break
                after = await self._write_group(source, target, group, written)
            else:
                written.is_last = len(heads) < PAGE_OBJECTS
        return written

    async def _write_group(self, source: Connection, target: Connection, heads: list[Head], written: _Written) -> int:
        """Write objects and what follows their heads; give the last OID."""
        await write_whole(target, [head.oid for head in heads], [head.data for head in heads])
        for head in heads:
            digest, length = hashlib.sha256(head.data), len(head.data)
            if not head.is_whole:
                async for offset, piece in read_rest(source, head):
                    await write_piece(target, head.oid, offset, piece)
                    reached("large-object-piece-sent")
                    digest.update(piece)
                    length = offset + len(piece)
            written.parts[head.oid] = (length, digest.digest())
        return heads[-1].oid

    def _after(self, written: _Written) -> tuple[LargeObjectProgress, LargeObjectBatch | None]:
        """Give how far the run is with what was written, and the batch, if it has any object."""
        now = replace(self._progress, is_done=written.is_last)
        if not written.parts:
            return now, None
        generation = self._source[1] if self._source else self._context.source.generation
        batch = LargeObjectBatch(
            number=now.batches + 1,
            oids=tuple(sorted(written.parts)),
            size_bytes=written.size_bytes,
            digest=self._context.ledger.key.mac("large-objects", written.digest()),
            snapshot=generation,
        )
        return (
            replace(
                now,
                batches=batch.number,
                objects=now.objects + len(batch.oids),
                size_bytes=now.size_bytes + batch.size_bytes,
                after=batch.oids[-1],
            ),
            batch,
        )

    async def _commit(self, connection: Connection, batch: LargeObjectBatch | None, now: LargeObjectProgress) -> None:
        ledger = self._context.ledger
        events = []
        if batch is not None:
            await write_batch(connection, ledger.run_id, batch)
            events.append(batch.event)
        if now.is_done:
            events.append(Event(DONE_EVENT, {"objects": now.objects, "bytes": now.size_bytes}))
        reached("large-objects-sent")
        await ledger.commit(connection, events)
        reached("large-objects-committed")

    async def _is_committed(self, sent: LargeObjectProgress) -> bool:
        if sent.batches == self._progress.batches:  # Only the word that there are no more.
            return False
        ledger, sessions = self._context.ledger, self._context.sessions
        await ledger.settle()
        connection = await sessions.take()
        try:
            return await has_batch(connection, ledger.run_id, sent.batches)
        finally:
            await sessions.give_back(connection)

    async def _open_source(self) -> Connection:
        if self._source is None or self._source[0].is_closed:
            self._source = await self._context.source.connection(is_new=True)
        return self._source[0]

    def _drop_source(self) -> None:
        """Leave the session: its transaction may have failed, and readers of tables have others."""
        if self._source is not None:
            self._source[0].terminate()
            self._source = None

    async def _give_up(self, lost: Connection) -> None:
        """Leave broken sessions, and make sure that the target leaves its own: it may still hold locks."""
        lost.terminate()
        self._drop_source()
        try:
            fresh = await self._context.sessions.take()
        except SluiceError:
            return  # The next try says why.
        try:
            await fresh.end_session(lost.server_pid)
        except SluiceError:
            fresh.terminate()
        finally:
            await self._context.sessions.give_back(fresh)


def _groups(heads: list[Head]) -> Iterator[list[Head]]:
    """Put small objects that follow each other together; a large one stands alone."""
    for is_small, group in groupby(heads, key=lambda head: head.is_whole):
        if is_small:
            yield list(group)
        else:
            yield from ([head] for head in group)
