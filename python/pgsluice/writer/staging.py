"""Owns the staging tables of counters: makes them, adds their rows up into the targets on a timer and at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.errors import NotAllowedError, PlanRefusedError, ServerError, SluiceError, place
from pgsluice.pipeline.retry import with_retries
from pgsluice.plan.writing import WritePlan
from pgsluice.strategies.staged import (
    FOLD_ROWS_MAX,
    SCHEMA,
    create_statement,
    fold_statement,
    lock_key,
    staging_name,
)
from pgsluice.writer.sessions import WriterSessions
from pgsluice.writer.settings import WriterSettings

# Writers that stage rows at this moment queue behind us.
_RETYPE_WAIT = "2s"


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
            await _prepare(connection, plan)
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


async def _prepare(connection: Connection, plan: WritePlan) -> None:
    """Make one table, or see whether the one that is there will do."""
    shape, name = plan.part.shape, staging_name(plan.part.shape)
    doing = f"making the staging table of {plan.target.label}"
    found = await connection.fetch(statement("staging_table"), SCHEMA, name, doing=doing)
    if not found:
        try:
            await _make(connection, plan, doing)
        except NotAllowedError as error:
            raise NotAllowedError(
                f"cannot make staging table {qualified(SCHEMA, name)} of {place(plan.target.label)}",
                detail="It is missing, and this role may not create it: that takes CREATE on the database for schema "
                f"{SCHEMA}, on the schema, and SELECT on the target.",
                hint=f"As another role: CREATE SCHEMA IF NOT EXISTS {quoted(SCHEMA)}; "
                f"{create_statement(shape, is_unlogged=plan.is_staging_unlogged)}; then GRANT USAGE on the schema "
                "and SELECT, INSERT, DELETE on the table to this role.",
            ) from error
        return
    (row,) = found
    table = place(f"{SCHEMA}.{name}")
    types = dict(zip(row["names"], row["types"], strict=True))
    wanted = {column.name: plan.target.column_by_name[column.name].wire.display for column in shape.columns}
    if types != wanted and set(types) == set(wanted) and await _is_retyped(connection, plan, wanted, doing):
        types = wanted
    problems = [
        f"{table} has no column {quoted(column)} of type {type_name}"
        for column, type_name in wanted.items()
        if types.get(column) != type_name
    ]
    if set(types) - {column.name for column in shape.columns}:
        problems.append(f"{table} has columns that rows do not bring; rows that are staged in them would be lost")
    if row["is_unlogged"] != plan.is_staging_unlogged:
        kinds = ("logged", "unlogged") if plan.is_staging_unlogged else ("unlogged", "logged")
        problems.append(f"{table} is {kinds[0]}, declared {kinds[1]}")
    if not row["may_use"]:
        problems.append(f"{table}: this role may not SELECT, INSERT and DELETE; its owner is {quoted(row['owner'])}")
    if problems:
        raise PlanRefusedError(
            f"cannot stage rows of {place(plan.target.label)}",
            problems=tuple(problems),
            hint="Close writers of the earlier declaration, which adds their rows up; then drop the empty table.",
        )


async def _is_retyped(connection: Connection, plan: WritePlan, wanted: Mapping[str, str], doing: str) -> bool:
    """Give the table the types that the target's columns have by now; whether it could be done.

    What is staged is converted as the target's own rows were, and refused where it does not fit.
    """
    if connection.is_in_transaction:
        return False
    shape = plan.part.shape
    changes = ", ".join(f"ALTER {quoted(column)} TYPE {type_name}" for column, type_name in wanted.items())
    try:
        async with connection.transaction():
            await connection.fetch("SELECT pg_catalog.set_config('lock_timeout', $1, true)", _RETYPE_WAIT, doing=doing)
            await connection.fetch("SELECT pg_catalog.pg_advisory_xact_lock($1)", lock_key(shape), doing=doing)
            await connection.execute(f"ALTER TABLE {qualified(SCHEMA, staging_name(shape))} {changes}", doing=doing)
    except (ServerError, NotAllowedError):
        if connection.is_closed:
            raise
        return False
    return True


async def _make(connection: Connection, plan: WritePlan, doing: str) -> None:
    """Make the table, one writer at a time; a caller's open transaction is used as it is."""
    transaction = contextlib.nullcontext() if connection.is_in_transaction else connection.transaction()
    async with transaction:
        shape = plan.part.shape
        await connection.fetch("SELECT pg_catalog.pg_advisory_xact_lock($1)", lock_key(shape), doing=doing)
        name = staging_name(shape)
        if await connection.fetch(statement("staging_table"), SCHEMA, name, doing=doing):
            return
        # IF NOT EXISTS asks for the right to make one, even where it exists.
        if not await connection.fetch_value("SELECT pg_catalog.to_regnamespace($1) IS NOT NULL", SCHEMA, doing=doing):
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(SCHEMA)}", doing=doing)
        await connection.execute(create_statement(shape, is_unlogged=plan.is_staging_unlogged), doing=doing)
