"""Owns the table that rows of a counter are staged in: makes it, or sees whether the one that is there will do."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.errors import NotAllowedError, PlanRefusedError, ServerError, place
from pgsluice.plan.writing import WritePlan
from pgsluice.strategies.staged import SCHEMA, create_statement, lock_key, staging_name

# Writers that stage rows at this moment queue behind us.
_CHANGE_WAIT = "2s"


async def prepare_staging(connection: Connection, plan: WritePlan) -> None:
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
    names = tuple(row["names"])
    if types != wanted and set(types) == set(wanted) and await _is_retyped(connection, plan, wanted, doing):
        types = wanted
    problems = [
        f"{table} has no column {quoted(column)} of type {type_name}"
        for column, type_name in wanted.items()
        if types.get(column) != type_name
    ]
    if set(types) - set(wanted):
        problems.append(f"{table} has columns that rows do not bring; rows that are staged in them would be lost")
    elif (
        row["may_use"]
        and row["policies"] not in {None, _policies_text(plan, names)}
        and not await _is_declared_anew(connection, plan, names, doing)
    ):
        problems.append(f"{table} has rows that were staged under other policies, found {row['policies']}")
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
    changes = ", ".join(f"ALTER {quoted(column)} TYPE {type_name}" for column, type_name in wanted.items())
    return await _is_changed(connection, plan, f"ALTER TABLE {_table(plan)} {changes}", doing=doing)


async def _is_declared_anew(connection: Connection, plan: WritePlan, names: Sequence[str], doing: str) -> bool:
    """Write the policies down anew where no row is staged under the ones before; whether it could be done."""
    if await connection.fetch_value(f"SELECT EXISTS (SELECT FROM {_table(plan)})", doing=doing):  # noqa: S608 - quoted names
        return False
    return await _is_changed(connection, plan, _comment(plan, names), doing=doing)


async def _is_changed(connection: Connection, plan: WritePlan, sql: str, *, doing: str) -> bool:
    """Change the table while nobody adds up; in a caller's transaction that would last too long."""
    if connection.is_in_transaction:
        return False
    try:
        async with connection.transaction():
            await connection.fetch("SELECT pg_catalog.set_config('lock_timeout', $1, true)", _CHANGE_WAIT, doing=doing)
            await _take_turn(connection, plan, doing)
            await connection.execute(sql, doing=doing)
    except (ServerError, NotAllowedError):
        if connection.is_closed:
            raise
        return False
    return True


def _policies_text(plan: WritePlan, names: Sequence[str]) -> str:
    """Say how each column is added up, in the order of the table; without a name, which would need quoting."""
    key, policies = plan.part.shape.key, {column.name: column.policy for column in plan.part.shape.columns}
    return ", ".join("key" if name in key else policies[name] for name in names)


def _comment(plan: WritePlan, names: Sequence[str]) -> str:
    return f"COMMENT ON TABLE {_table(plan)} IS '{_policies_text(plan, names)}'"


def _table(plan: WritePlan) -> str:
    return qualified(SCHEMA, staging_name(plan.part.shape))


async def _take_turn(connection: Connection, plan: WritePlan, doing: str) -> None:
    key = lock_key(plan.part.shape)
    await connection.fetch("SELECT pg_catalog.pg_advisory_xact_lock($1)", key, doing=doing)


async def _make(connection: Connection, plan: WritePlan, doing: str) -> None:
    """Make the table, one writer at a time; a caller's open transaction is used as it is."""
    transaction = contextlib.nullcontext() if connection.is_in_transaction else connection.transaction()
    async with transaction:
        shape = plan.part.shape
        await _take_turn(connection, plan, doing)
        name = staging_name(shape)
        if await connection.fetch(statement("staging_table"), SCHEMA, name, doing=doing):
            return
        # IF NOT EXISTS asks for the right to make one, even where it exists.
        if not await connection.fetch_value("SELECT pg_catalog.to_regnamespace($1) IS NOT NULL", SCHEMA, doing=doing):
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(SCHEMA)}", doing=doing)
        await connection.execute(create_statement(shape, is_unlogged=plan.is_staging_unlogged), doing=doing)
        await connection.execute(_comment(plan, [column.name for column in shape.columns]), doing=doing)
