"""Plans one table: which fields leave the source, in which form, and what the core is asked to compile."""

from __future__ import annotations

from typing import Any

from pgsluice.catalog.model import Catalog, Column, Relation
from pgsluice.errors import in_quotes, place
from pgsluice.plan.conversions import can_convert
from pgsluice.plan.decisions import UNDECIDED, Decision
from pgsluice.plan.keys import choose_key
from pgsluice.plan.limits import Limits
from pgsluice.plan.model import Format, PlannedColumn, TablePlan
from pgsluice.sources.model import FieldForm, SourceField, SourceTable


def plan_table(
    relation: Relation,
    target: Relation | None,
    decisions: dict[str, Decision],
    *,
    partition_columns: frozenset[str],
    limits: Limits,
    casts: Catalog | None,
    has_rows: bool,
) -> tuple[TablePlan, list[str]]:
    """Plan a table whose columns are decided; give the plan and what speaks against it.

    `target` is the table that is already there, or None where the source's definition will be made;
    `partition_columns` decide which partition a row belongs to, on any level above; `limits` hold for results;
    `casts` are those of the target that is already there.
    """
    problems: list[str] = []
    unique = {name for index in (target or relation).unique_indexes for name in index.columns}
    columns = tuple(
        PlannedColumn(column, decisions[column.name], must_be_unique=column.name in unique)
        for column in relation.columns
    )
    copied = [item for item in columns if not item.decision.is_omitted]
    reason = _text_reason(copied, target)
    copy_format: Format = "text" if reason else "binary"
    key = choose_key(relation)
    fields, request_columns = [], []
    # Key fields that do not come as themselves are sent once more, in front, and dropped by the program.
    kept = {item.column.name for item in copied if field_form(item, copy_format) == "binary"}
    extra = [name for name in key.columns if name not in kept]
    for name in extra:
        fields.append(SourceField(name))
        request_columns.append(_dropped(name))
    for item in copied:
        fields.append(SourceField(item.column.name, field_form(item, copy_format)))
        there = target.column_by_name.get(item.column.name) if target else None
        if target is not None:
            problems += _misfits(relation, item, there, casts if has_rows else None)
        limit = limits.get((relation.oid, item.column.name))
        request_columns.append(_column(item, there or item.column, limit))
    problems += _partition_problems(relation, columns, partition_columns)
    problems += _missing_defaults(relation, columns, target or relation)
    names = [field.column for field in fields]
    key_ordinals = tuple(names.index(name) for name in key.columns)
    request = {
        "table": relation.label,
        "format": copy_format,
        "columns": request_columns,
        "key": list(key_ordinals),
    }
    planned = TablePlan(
        relation=relation,
        target_schema=relation.schema,
        target_table=relation.name,
        columns=columns,
        source=SourceTable(relation.schema, relation.name, tuple(fields), key, key_ordinals),
        format=copy_format,
        format_reason=reason or "every type has a binary form that travels",
        request=request,
        has_rows=has_rows,
        is_unlogged=(target or relation).is_unlogged,
    )
    return planned, problems


def field_form(item: PlannedColumn, copy_format: Format) -> FieldForm:
    """Give what the source is asked for: masks read binary, and a value that becomes NULL does not leave the source."""
    mask = item.decision.rule.mask
    if mask == "null":
        return "null"
    return "text" if copy_format == "text" and mask == "keep" else "binary"


def _text_reason(copied: list[PlannedColumn], target: Relation | None) -> str | None:
    """Why binary cannot carry the table; masked columns count too, the target asks for a form of each column."""
    reasons = []
    for item in copied:
        column, name = item.column, in_quotes(item.column.name)
        there = target.column_by_name.get(column.name) if target else None
        if column.type.text_reason:
            reasons.append(f"column {name}: {column.type.text_reason}")
        elif there is not None and not _same_wire_format(column, there):
            reasons.append(f"column {name} is {column.type.display} on the source, {there.type.display} on the target")
    return "; ".join(reasons) or None


def _same_wire_format(source: Column, target: Column) -> bool:
    own, other = source.type, target.type
    return (own.schema, own.name, own.is_array) == (other.schema, other.name, other.is_array)


def _misfits(relation: Relation, item: PlannedColumn, there: Column | None, casts: Catalog | None) -> list[str]:
    """What speaks against writing a column into the target's; `casts` is None where no row comes."""
    where = place(relation.label, item.column.name)
    if there is None:
        return [f'{where} does not exist on the target: add it there, or leave it with "default"']
    if there.is_generated:
        return [f'{where} is generated on the target and not on the source: leave it with "default"']
    own, other = item.column.type, there.type
    is_kept = item.decision.rule.mask == "keep"
    if is_kept and other.chars_max is not None and (own.chars_max is None or own.chars_max > other.chars_max):
        return [f"{where} is {own.display} on the source and narrower on the target ({other.display})"]
    is_read = casts is not None and item.decision.rule.mask != "null" and not _same_wire_format(item.column, there)
    if is_read and casts is not None and not can_convert(own, other, casts):
        return [f"{where} is {own.display} on the source, which the target's {other.display} cannot read"]
    return []


def _column(item: PlannedColumn, there: Column, limit: int | None) -> dict[str, Any]:
    """Describe a column to the core: the type it has on the source, the limit that its results keep to."""
    own = item.column.type
    kind: dict[str, Any] = {"display": own.display, "name": own.name, "is_array": own.is_array}
    if own.labels is not None:
        kind["labels"] = list(own.labels)
    if limit is not None:
        kind["chars_max"] = limit
    if own.numeric_precision is not None:
        kind |= {"numeric_precision": own.numeric_precision, "numeric_scale": own.numeric_scale}
    name = item.column.name
    rule = item.decision.rule
    return {
        "name": name,
        "type": kind,
        "is_nullable": not there.is_not_null,
        "is_unique": item.must_be_unique,
        "rule": {
            "mask": "python" if rule.python_function else rule.mask,
            "domain": item.decision.domain,
            "parameters": item.decision.said_parameters if not rule.python_function else {},
        },
    }


def _dropped(name: str) -> dict[str, Any]:
    """Describe a field that only orders the rows."""
    return {
        "name": name,
        "type": {"display": "key", "name": "key"},
        "is_nullable": True,
        "is_unique": False,
        "rule": {"mask": "drop"},
    }


def _missing_defaults(relation: Relation, columns: tuple[PlannedColumn, ...], there: Relation) -> list[str]:
    """A column that is left to its default needs one, unless NULL will do; so does one that the source has not."""
    own = {item.column.name for item in columns}
    added = [
        f"{place(relation.label, found.name)} is NOT NULL on the target, has no default there and is not "
        "on the source: give it a default"
        for found in there.columns
        if found.name not in own and found.is_not_null and not (found.has_default or found.is_generated)
    ]
    return added + [
        f"{place(relation.label, item.column.name)} is NOT NULL and has no default: give it a mask"
        for item in columns
        if item.decision.rule.mask == "default"
        and item.decision is not UNDECIDED
        and (found := there.column_by_name.get(item.column.name)) is not None
        and found.is_not_null
        and not found.has_default
    ]


def _partition_problems(
    relation: Relation, columns: tuple[PlannedColumn, ...], partition_columns: frozenset[str]
) -> list[str]:
    """A masked partition key would lead rows out of the partition they are written to."""
    return [
        f"{place(relation.label, item.column.name)} decides the partition and cannot be masked: keep it"
        for item in columns
        if item.column.name in partition_columns
        and item.decision.rule.mask != "keep"
        and item.decision is not UNDECIDED
    ]
