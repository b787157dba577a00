"""Prepares the comparison of one table: what each side is asked for, and what the core is told of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from pgsluice._core import Key, Layout, Program
from pgsluice.catalog.model import Relation
from pgsluice.plan.model import PlannedColumn, TablePlan
from pgsluice.sources.model import FieldForm, SourceField, SourceTable
from pgsluice.sources.ranges import select_table
from pgsluice.verification.columns import Comparison, compare, texts_of

_TEXT = {"display": "text", "name": "text"}
# Position of the promise in what the core says of a column.
_UNIQUENESS = 1


@dataclass(frozen=True)
class ComparedColumn:
    """A column that is compared; its position in the report's order is its ordinal in the layout."""

    name: str
    mask: str


@dataclass(frozen=True)
class SearchedColumn:
    """A column of the target in which originals are looked for."""

    name: str
    mask: str
    # Whether what the mask gives is known, so that what it gives by itself can be told from a leak.
    is_known: bool
    is_strong: bool


@dataclass(frozen=True)
class TableComparison:
    """All that is needed to compare a table."""

    # The source's fields: those of the copy, and perhaps more behind them.
    source: SourceTable
    target_sql: str
    # Masks the source's rows.
    program: Program
    # Tells the fields of the target's rows.
    target_program: Program
    layout: Layout
    columns: tuple[ComparedColumn, ...]
    searched: tuple[SearchedColumn, ...]
    # Columns that are not compared, each with the reason, and those that the target lacks.
    not_compared: tuple[tuple[str, str, str], ...]
    missing: tuple[tuple[str, str], ...]
    has_key: bool


class _Builder:
    """Gathers fields and columns; ordinals are handed out as they come."""

    def __init__(self, table: TablePlan) -> None:
        self.fields = list(table.source.fields)
        self.request_columns = [_without_function(column) for column in table.request["columns"]]
        self.target_fields: list[SourceField] = []
        self.layout_columns: list[dict[str, Any]] = []
        self.columns: list[ComparedColumn] = []
        self.hidden: list[dict[str, Any]] = []
        self.places: list[dict[str, Any]] = []
        self.searched: list[SearchedColumn] = []
        self.not_compared: list[tuple[str, str, str]] = []
        self.missing: list[tuple[str, str]] = []

    def expected_ordinal(self, source: int) -> int:
        """Where a source field stands in what the program makes: behind those it does not drop."""
        return sum(column["rule"]["mask"] != "drop" for column in self.request_columns[:source])

    def add_source_text(self, name: str) -> int:
        """Ask the source for one more field, a column in its text form; give its ordinal."""
        self.fields.append(SourceField(name, "text"))
        rule = {"mask": "keep", "domain": "", "parameters": {}}
        self.request_columns.append(
            {"name": name, "type": _TEXT, "is_nullable": True, "is_unique": False, "rule": rule}
        )
        return len(self.fields) - 1

    def add_target(self, name: str, form: FieldForm) -> int:
        """Ask the target for a column; give its ordinal."""
        self.target_fields.append(SourceField(name, form))
        return len(self.target_fields) - 1


def prepare(table: TablePlan, there: Relation, key: Key) -> TableComparison:
    """Prepare the comparison of a table with the one that is there on the target."""
    build = _Builder(table)
    # Fields that only order rows stand in front, with the rule "drop".
    own = [at for at, column in enumerate(table.request["columns"]) if column["rule"]["mask"] != "drop"]
    copied = [item for item in table.columns if not item.decision.is_omitted]
    for item in table.columns:
        if item.decision.is_omitted:
            reason = "the target computes it" if item.column.is_generated else "left to the target's default"
            build.not_compared.append((item.column.name, item.decision.rule.mask, reason))
    for item, source in zip(copied, own, strict=True):
        _add_column(build, item, source, there)
    request = table.request | {"format": "binary", "columns": build.request_columns, "key": []}
    program = Program(json.dumps(request), key, {})
    promises = program.promises
    strong = {
        column["name"]
        for column, promise in zip(build.request_columns, promises, strict=True)
        if promise[_UNIQUENESS] == "128-bit"
    }
    key_ordinals = _key(table.relation, [column.name for column in build.columns])
    layout = {
        "columns": build.layout_columns,
        "key": key_ordinals,
        "hidden": build.hidden,
        "searched": build.places,
    }
    return TableComparison(
        source=replace(table.source, fields=tuple(build.fields)),
        target_sql=select_table(table.target_schema, table.target_table, build.target_fields),
        program=program,
        target_program=_reader(table.label, build.target_fields),
        layout=Layout(json.dumps(layout), key),
        columns=tuple(build.columns),
        searched=tuple(
            SearchedColumn(item.name, item.mask, item.is_known, item.mask != "keep" and item.name in strong)
            for item in build.searched
        ),
        not_compared=tuple(build.not_compared),
        missing=tuple(build.missing),
        has_key=bool(key_ordinals),
    )


def _add_column(build: _Builder, item: PlannedColumn, source: int, there: Relation) -> None:
    name, mask = item.column.name, _mask_name(item)
    other = there.column_by_name.get(name)
    if other is None:
        build.missing.append((name, mask))
        return
    sent = build.fields[source].form
    comparison = compare(item, sent, other, build.request_columns[source]["type"])
    found = build.add_target(name, comparison.target_form)
    if comparison.reason is not None:
        build.not_compared.append((name, mask, comparison.reason))
    else:
        _add_compared(build, item, source, found, comparison)
    hidden = texts_of(item.column.type, sent) if mask != "keep" else None
    if hidden is not None:
        build.hidden.append({"source": source, "texts": hidden})
    texts = texts_of(other.type, comparison.target_form)
    if texts is not None and sent != "null":
        # What a function gives is not known, so it is not in what the program makes.
        is_known = not item.decision.rule.python_function
        expected = [build.expected_ordinal(source), texts_of(item.column.type, sent) or "text"] if is_known else None
        build.places.append({"found": found, "texts": texts, "expected": expected})
        build.searched.append(SearchedColumn(name, mask, is_known, is_strong=False))


def _add_compared(build: _Builder, item: PlannedColumn, source: int, found: int, comparison: Comparison) -> None:
    name, mask = item.column.name, _mask_name(item)
    if comparison.source_form == "text":
        source = build.add_source_text(name)
    build.columns.append(ComparedColumn(name, mask))
    build.layout_columns.append(
        {
            "source": source,
            "expected": build.expected_ordinal(source),
            "found": found,
            "is_masked": mask not in {"keep", "null"},
            "form": comparison.form,
            "type": comparison.core_type,
        }
    )


def _mask_name(item: PlannedColumn) -> str:
    return "python" if item.decision.rule.python_function else item.decision.rule.mask


def _without_function(column: dict[str, Any]) -> dict[str, Any]:
    """Leave a column that a function masks out of what the program makes: it is not called again."""
    return column | {"rule": {"mask": "drop"}} if column["rule"]["mask"] == "python" else column


def _key(relation: Relation, compared: list[str]) -> list[int]:
    """Ordinals of the compared columns that tell rows apart: the primary key, else a unique one."""
    for index in sorted(relation.unique_indexes, key=lambda index: not index.is_primary):
        if not index.is_partial and set(index.columns) <= set(compared):
            return [compared.index(name) for name in index.columns]
    return []


def _reader(label: str, fields: list[SourceField]) -> Program:
    columns = [
        {
            "name": field.column,
            "type": _TEXT,
            "is_nullable": True,
            "is_unique": False,
            "rule": {"mask": "keep", "domain": "", "parameters": {}},
        }
        for field in fields
    ]
    return Program(json.dumps({"table": label, "format": "binary", "columns": columns}), None, {})
