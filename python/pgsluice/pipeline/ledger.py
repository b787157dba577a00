"""Commits: the one place where a transaction becomes part of the run, with its audit record before it.

Commits of all writers pass here one at a time, because each audit record holds the hash of the one before.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from pgsluice._core import Key
from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, SluiceError
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.sessions import Sessions
from pgsluice.pipeline.settings import RetrySettings
from pgsluice.points import reached
from pgsluice.state.audit import INSERT, AuditChain, AuditRecord, Event
from pgsluice.state.audit_file import AuditFile
from pgsluice.state.checkpoints import Checkpoint, write_records

# An interrupted process waits so long for the answer to a COMMIT; then the next process finds out how it ended.
SEE_THROUGH_S = 5.0


class Ledger:
    """The audit chain of a run and the lock that its commits take."""

    def __init__(
        self,
        run_id: uuid.UUID,
        fencing_token: int,
        key: Key,
        chain: AuditChain,
        file: AuditFile,
        sessions: Sessions,
        retry: RetrySettings,
    ) -> None:
        self.run_id = run_id
        self.fencing_token = fencing_token
        self.key = key
        self._chain = chain
        self._file = file
        self._sessions = sessions
        self._retry = retry
        self._lock = asyncio.Lock()
        # Records whose COMMIT had no answer yet, and the session that sent it.
        self._undecided: tuple[list[AuditRecord], int] | None = None

    async def commit(
        self, connection: Connection, events: Sequence[Event], checkpoints: Sequence[Checkpoint] = ()
    ) -> None:
        """Record events with their checkpoints, and commit the open transaction of `connection`.

        Refuses where another process has taken the run over. If the answer to COMMIT is lost, the target is asked on
        a new connection; nothing is guessed. A commit that has begun is seen through when the task is cancelled.
        """
        async with self._lock:
            await self._decide()
            await _see_through(self._commit(connection, self._chain.next_records(events), checkpoints))

    async def record(
        self, events: Sequence[Event], write: Callable[[Connection], Awaitable[None]] | None = None
    ) -> None:
        """Commit records of their own, with what `write` puts into the same transaction."""
        lost_pid: int | None = None

        async def attempt() -> None:
            nonlocal lost_pid
            connection = await self._sessions.take()
            try:
                if lost_pid is not None:  # It may still hold locks on the same rows.
                    await connection.end_session(lost_pid)
                await connection.execute("BEGIN", doing="BEGIN")
                if write is not None:
                    await write(connection)
                await self.commit(connection, events)
            except ConnectionLostError:
                lost_pid = connection.server_pid
                raise
            finally:  # Without a COMMIT, the end of the session ends the transaction.
                await self._sessions.give_back(connection)

        await with_retries(attempt, self._retry, lambda *_: None)

    async def settle(self) -> None:
        """Find out about a commit that had no answer, if there is one; after this the target tells the truth."""
        async with self._lock:
            await self._decide()

    async def _commit(
        self, connection: Connection, records: list[AuditRecord], checkpoints: Sequence[Checkpoint]
    ) -> None:
        await asyncio.to_thread(self._file.prepare, records)
        reached("audit-prepared")
        is_sent = False
        try:
            await write_records(connection, self.fencing_token, records, checkpoints)
            reached("commit-begins")
            is_sent = True
            await connection.execute("COMMIT", doing="COMMIT")
        except BaseException as error:
            is_lost = isinstance(error, ConnectionLostError) or not isinstance(error, SluiceError)
            if is_sent and is_lost:
                self._undecided = (records, connection.server_pid)
            else:
                await asyncio.to_thread(self._file.roll_back, records)
            if self._undecided is None or not isinstance(error, ConnectionLostError):
                raise
            if not await self._decide():
                raise
        else:
            self._chain.join(records[-1])
        reached("commit-answered")

    async def _decide(self) -> bool:
        """Ask the target about records whose COMMIT had no answer; tell whether they are committed.

        Inserting a record of the same number waits for the lost transaction, and the conflict tells how it ended.
        """
        if self._undecided is None:
            return False
        records, lost_pid = self._undecided
        record = records[-1]

        async def ask() -> bool:
            connection = await self._sessions.take()
            try:
                await connection.end_session(lost_pid)
                await connection.execute("BEGIN", doing="BEGIN")
                await connection.execute("SET LOCAL lock_timeout = '10s'", doing="deciding a lost commit")
                await connection.fetch(_PROBE, *record.fields, doing="deciding a lost commit")
                await connection.rollback()
                # Another process may have written another record of this number.
                found = await connection.fetch_value(
                    "SELECT hash = $3 FROM _pgsluice.audit WHERE run_id = $1 AND sequence = $2",
                    record.run_id,
                    record.sequence,
                    record.hash,
                    doing="deciding a lost commit",
                )
                return bool(found)
            finally:
                await self._sessions.give_back(connection)

        is_committed = await with_retries(ask, self._retry, lambda *_: None)
        self._undecided = None
        if is_committed:
            self._chain.join(records[-1])
        else:
            await asyncio.to_thread(self._file.roll_back, records)
        return is_committed


_PROBE = f"{INSERT} ON CONFLICT (run_id, sequence) DO NOTHING"


async def _see_through(work: Coroutine[Any, Any, None]) -> None:
    """Await the work; when cancelled, let it come to its end first, if it does so soon."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=SEE_THROUGH_S)
        if not task.cancel() and not task.cancelled():
            task.exception()
        raise
