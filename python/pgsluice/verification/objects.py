"""Finds what stands on the source beside tables and is missing on the target: by kind and name, nothing else."""

from __future__ import annotations

from typing import Any

from pgsluice.catalog.read import statement
from pgsluice.verification.report import ObjectReport
from pgsluice.verification.sides import Side


async def missing_objects(
    source: Side, target: Side, relations: set[int], *, with_free: bool
) -> tuple[int, list[ObjectReport]]:
    """Count the objects of some relations of the source and list those the target lacks.

    `with_free` those that belong to no table too.
    """
    labels = {source.catalog.by_oid[oid].label for oid in relations}
    wanted = [
        row
        for row in await _read(source)
        if (with_free if row["table_name"] is None else f"{row['table_schema']}.{row['table_name']}" in labels)
    ]
    there = {_identity(row) for row in await _read(target)}
    missing = [
        ObjectReport(
            kind=row["kind"],
            name=f"{row['schema']}.{row['name']}",
            table=f"{row['table_schema']}.{row['table_name']}" if row["table_name"] is not None else None,
        )
        for row in wanted
        if _identity(row) not in there
    ]
    return len(wanted), missing


async def _read(side: Side) -> list[Any]:
    async with side.session() as connection:
        return await connection.fetch(statement("objects"), doing="reading indexes, constraints, triggers and views")


def _identity(row: Any) -> tuple[str | None, ...]:
    return (row["kind"], row["schema"], row["name"], row["table_schema"], row["table_name"])
