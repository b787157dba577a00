"""Holds the target's sequences to the columns they fill, or to the source's sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pgsluice.catalog.read import statement
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.plan.model import TablePlan
from pgsluice.verification.report import SequenceReport
from pgsluice.verification.sides import Side

_INTEGERS = {"int2", "int4", "int8"}


async def read_sequences(side: Side) -> dict[str, Any]:
    """Read the sequences of a side by schema.name."""
    async with side.session() as connection:
        rows = await connection.fetch(statement("owned_sequences"), doing="reading the sequences")
    return {f"{row['schema']}.{row['name']}": row for row in rows}


async def check_sequences(
    source: Side, target: Side, tables: Sequence[TablePlan], relations: set[int], *, with_free: bool
) -> list[SequenceReport]:
    """Report on the sequences of columns of `relations`, and `with_free` on those that belong to no column too.

    `tables` are the ones whose rows are compared.
    """
    labels = {source.catalog.by_oid[oid].label for oid in relations}
    here, there = await read_sequences(source), await read_sequences(target)
    found = []
    for name, row in here.items():
        owner = f"{row['table_schema']}.{row['table_name']}" if row["table_name"] is not None else None
        if with_free if owner is None else owner in labels:
            is_kept = owner is not None and _is_kept(tables, source, owner, row["column_name"])
            found.append(await _check(target, name, row, there.get(name), is_kept=is_kept))
    return found


def _is_kept(tables: Sequence[TablePlan], source: Side, owner: str, column: str) -> bool:
    """Whether the column holds the source's numbers, in the table or in every partition below it that is compared."""
    below = [
        table
        for table in tables
        if table.label == owner
        or ((root := source.catalog.by_oid.get(table.relation.root_oid)) is not None and root.label == owner)
    ]
    decided = [item for table in below for item in table.columns if item.column.name == column]
    return bool(decided) and all(
        item.decision.rule.mask == "keep" and item.column.type.name in _INTEGERS for item in decided
    )


async def _check(target: Side, name: str, here: Any, there: Any, *, is_kept: bool) -> SequenceReport:
    column = f"{here['table_schema']}.{here['table_name']}.{here['column_name']}" if here["table_name"] else None
    if there is None:
        return SequenceReport(name, "missing", column)
    if not (here["may_read"] and there["may_read"]):
        return SequenceReport(name, "not readable", column)
    if not _is_before(there, here):
        return SequenceReport(name, "ok", column)
    if not is_kept or there["table_name"] is None:
        return SequenceReport(name, "behind", column, "the source's")
    # The source may have gone on since; what counts is that the next number is a new one.
    is_behind = await _gives_old_numbers(target, there)
    return SequenceReport(name, "behind", column, "its column") if is_behind else SequenceReport(name, "ok", column)


def _is_before(there: Any, here: Any) -> bool:
    """Whether the target's sequence has given fewer numbers than the source's."""
    ours, theirs = here["last_value"], there["last_value"]
    if ours is None or theirs is None:
        return ours is not None
    return bool(theirs < ours if there["increment"] > 0 else theirs > ours)


async def _gives_old_numbers(target: Side, there: Any) -> bool:
    """Whether the next number is one that the column has, or lies before it."""
    is_rising = there["increment"] > 0
    only = "" if there["is_partitioned"] else "ONLY "
    table = qualified(there["table_schema"], there["table_name"])
    outermost = f"{'max' if is_rising else 'min'}(t.{quoted(there['column_name'])})::int8"
    async with target.session() as connection:
        last = await connection.fetch_value(
            f"SELECT {outermost} FROM {only}{table} AS t",  # noqa: S608 - quoted
            doing="comparing a sequence with its column",
        )
    if last is None:
        return False
    following = there["first_value"] if there["last_value"] is None else there["last_value"] + there["increment"]
    return bool(following <= last if is_rising else following >= last)
