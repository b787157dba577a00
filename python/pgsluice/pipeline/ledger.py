"""Commits: the one place where a transaction becomes part of the run, with its audit record before it.

Commits of all writers pass here one at a time, because each audit record holds the hash of the one before.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from pgsluice._core import Key
from pgsluice.driver import Connection
from pgsluice.errors import AuditError, ConnectionLostError, SluiceError
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.settings import RetrySettings
from pgsluice.state.audit import INSERT, AuditChain, AuditRecord
from pgsluice.state.audit_file import AuditFile


class Ledger:
    """The audit chain of a run and the lock that its commits take."""

    def __init__(
        self,
        run_id: uuid.UUID,
        fencing_token: int,
        key: Key,
        chain: AuditChain,
        file: AuditFile,
        connect_target: Callable[[], Awaitable[Connection]],
        retry: RetrySettings,
    ) -> None:
        self.run_id = run_id
        self.fencing_token = fencing_token
        self.key = key
        self._chain = chain
        self._file = file
        self._connect_target = connect_target
        self._retry = retry
        self._lock = asyncio.Lock()
        self._is_undecided = False

    async def commit(
        self,
        connection: Connection,
        event: str,
        facts: dict[str, object],
        write: Callable[[AuditRecord], Awaitable[None]] | None = None,
    ) -> None:
        """Record `event` and commit the open transaction of `connection`.

        `write` puts the record into the transaction, by default alone. If the answer to COMMIT is lost, the
        target is asked on a new connection; nothing is guessed.
        """
        async with self._lock:
            if self._is_undecided:
                raise AuditError("an earlier commit of this run could not be decided")
            record = self._chain.next_record(event, **facts)
            await asyncio.to_thread(self._file.prepare, record)
            try:
                await (write(record) if write else self._insert(connection, record))
                await connection.execute("COMMIT", doing="COMMIT")
            except ConnectionLostError:
                if not await self._is_committed(record, connection.server_pid):
                    await asyncio.to_thread(self._file.roll_back, record)
                    raise
            except BaseException:
                await asyncio.to_thread(self._file.roll_back, record)
                raise
            self._chain.join(record)

    async def record(self, connection: Connection, event: str, **facts: object) -> None:
        """Commit a record of its own."""
        await connection.execute("BEGIN", doing="BEGIN")
        try:
            await self.commit(connection, event, facts)
        except SluiceError:
            await connection.rollback()
            raise

    async def _insert(self, connection: Connection, record: AuditRecord) -> None:
        await connection.execute(INSERT, *record.fields, doing="writing the audit record")

    async def _is_committed(self, record: AuditRecord, lost_pid: int) -> bool:
        """Ask the target about a record whose COMMIT had no answer.

        Inserting a record of the same number waits for the lost transaction, and the conflict tells how it ended.
        """
        self._is_undecided = True

        async def ask() -> bool:
            connection = await self._connect_target()
            try:
                await connection.end_session(lost_pid)
                await connection.execute("BEGIN", doing="BEGIN")
                await connection.execute("SET LOCAL lock_timeout = '10s'", doing="deciding a lost commit")
                probe = await connection.fetch(_PROBE, *record.fields, doing="deciding a lost commit")
                await connection.rollback()
                return not probe
            finally:
                await connection.close()

        is_committed = await with_retries(ask, self._retry, lambda *_: None)
        self._is_undecided = False
        return is_committed


_PROBE = f"{INSERT} ON CONFLICT (run_id, sequence) DO NOTHING RETURNING 1"
