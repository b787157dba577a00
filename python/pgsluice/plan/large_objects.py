"""Decides on large objects: left out, or copied as they are by the user's word, for no rule can mask them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pgsluice.catalog.model import Catalog
from pgsluice.config.rules import Rules
from pgsluice.plan.model import CopyPlan, LargeObjectPlan, LeftOut, TablePlan

MIB = 1024**2


def with_large_objects(plan: CopyPlan, source: Catalog, rules: Rules, *, is_wanted: bool) -> CopyPlan:
    """Add to a plan what becomes of the large objects; where they are wanted, also what speaks against that."""
    found = source.beside_tables.large_objects
    columns = tuple(column for column, _ in _columns(plan.tables))
    planned = LargeObjectPlan(found.count, found.size_bytes, columns, is_wanted)
    if not is_wanted:
        if not found.count:
            return replace(plan, large_objects=planned)
        refer = f"columns that may refer to them: {', '.join(columns)}" if columns else "no column of type oid"
        reason = f"they cannot be masked, --large-objects copies them as they are; {refer}"
        left_out = LeftOut(_number(found.count), reason)
        return replace(plan, large_objects=planned, objects_left_out=(*plan.objects_left_out, left_out))
    problems, notes = [], []
    if rules.large_objects_reason is None:
        problems.append(
            "large objects cannot be masked: say in the rules file why they may be copied as they are, "
            '[large-objects] reason = "..."'
        )
    if found.unreadable:
        problems.append(
            f"{found.unreadable} of {_number(found.count)} cannot be read by the source's role: "
            "GRANT SELECT ON LARGE OBJECT, or make it a member of their owner"
        )
    if found.count:
        about = f"{_number(found.count)}, about {found.size_bytes / MIB:.1f} MiB"
        notes.append(f"{about}, are copied as they are: {rules.large_objects_reason}")
        notes.append("large objects belong to the role that copies; their comments and privileges are left out")
        masked = [column for column, is_masked in _columns(plan.tables) if is_masked]
        if masked:
            notes.append(f"masked columns that may refer to large objects, and will not: {', '.join(masked)}")
    return replace(plan, large_objects=planned, problems=(*plan.problems, *problems), notes=(*plan.notes, *notes))


def _columns(tables: tuple[TablePlan, ...]) -> Iterator[tuple[str, bool]]:
    """Columns that may hold OIDs of large objects, and whether they are masked."""
    for table in tables:
        for item in table.columns:
            own = item.column.type
            if (own.schema, own.name) == ("pg_catalog", "oid") and table.has_rows:
                is_masked = item.decision.rule.mask not in {"keep", "null", "default", "generated"}
                yield f"{table.label}.{item.column.name}", is_masked


def _number(count: int) -> str:
    return f"{count} large object{'s' if count > 1 else ''}"
