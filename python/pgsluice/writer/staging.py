"""Adds staged rows of counters up into their targets, on a timer and at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from pgsluice.driver import Connection
from pgsluice.errors import SluiceError
from pgsluice.pipeline.retry import with_retries
from pgsluice.plan.writing import WritePlan
from pgsluice.strategies.staged import FOLD_ROWS_MAX, fold_statement, lock_key
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings
from pgsluice.writer.staging_table import prepare_staging


class Staging:
    """The staging tables of one writer."""

    def __init__(self, sessions: WriterSessions, plans: Mapping[str, WritePlan], settings: WriterSettings) -> None:
        self._sessions = sessions
        self._plans = [plan for plan in plans.values() if plan.strategy.name == "staged"]
        self._settings = settings
        self._timer: asyncio.Task[None] | None = None
        self._failure: SluiceError | None = None
        self._is_ending = asyncio.Event()

    async def prepare(self, connection: Connection) -> None:
        """Make the tables that are missing; begin to add up what an earlier writer left.

        Nothing is added up in a caller's transaction, but by `fold`.
        """
        for plan in self._plans:
            await prepare_staging(connection, plan)
        if self._plans and not self._sessions.is_callers:
            self._timer = asyncio.create_task(self._fold_by_time())

    def raise_failure(self) -> None:
        """Raise why rows could not be added up the last time; they lie in the staging table, and are tried again."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def fold(self, *, is_last: bool = False) -> None:
        """Add up what lies in the staging tables; where another writer is at it, leave it to that one.

        `is_last` waits for the other one instead: it may have begun before our last rows.
        """
        for plan in self._plans:
            rows = FOLD_ROWS_MAX
            while rows == FOLD_ROWS_MAX:
                rows = await self._fold(plan, is_last=is_last)

    async def finish(self) -> None:
        """Add up the rest."""
        await self.end()
        if not self._sessions.is_callers:
            await self.fold(is_last=True)

    async def end(self) -> None:
        """Stop the timer; what it is at is waited for."""
        self._is_ending.set()
        if self._timer is not None:
            timer, self._timer = self._timer, None
            await timer

    async def _fold_by_time(self) -> None:
        while not self._is_ending.is_set():
            try:
                await self.fold()
            except SluiceError as error:
                self._failure = error
            else:
                self._failure = None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_ending.wait(), self._settings.fold_s)

    async def _fold(self, plan: WritePlan, *, is_last: bool) -> int:
        shape = plan.part.shape
        doing = f"adding up staged rows of {plan.target.label}"

        async def once(connection: Connection) -> int:
            (row,) = await connection.fetch(fold_statement(shape), lock_key(shape), FOLD_ROWS_MAX, doing=doing)
            return int(row["rows"])

        async def attempt() -> int:
            async with self._sessions.session() as connection:
                if not is_last:
                    return await once(connection)
                async with connection.transaction():
                    await connection.fetch("SELECT pg_catalog.pg_advisory_xact_lock($1)", lock_key(shape), doing=doing)
                    return await once(connection)

        if self._sessions.is_callers:
            return await attempt()
        return await with_retries(attempt, self._settings.retry, lambda *_: None)
