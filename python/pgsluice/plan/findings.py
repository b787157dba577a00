"""Finds what a plan should be known for before it is copied: masks that a CHECK may refuse, and targets that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pgsluice.catalog.definitions import Definition, Definitions
from pgsluice.catalog.model import Column, Relation
from pgsluice.errors import in_quotes, place
from pgsluice.plan.model import PlannedColumn, TablePlan

# "check": rows may be refused. "added": the target has it and the source has not. "missing": the other way round.
# "other": both have it, and it is not the same.
Kind = Literal["check", "added", "missing", "other"]
# What the target may refuse rows for if the source does not know it.
_REFUSING = {"CHECK", "UNIQUE", "EXCLUDE", "foreign key", "primary key", "unique index", "rule"}
# Masks whose results pass where the values passed.
_HARMLESS = {"keep", "null", "default", "generated"}


@dataclass(frozen=True)
class Finding:
    """One of them, by names."""

    kind: Kind
    table: str
    text: str

    def __str__(self) -> str:
        return f"{place(self.table)}: {self.text}"


def mask_findings(tables: Iterable[TablePlan], definitions: Mapping[str, Definitions]) -> Iterator[Finding]:
    """Name the CHECKs that columns have to meet after they were masked; whether they do, only rows tell."""
    for table in tables:
        found = definitions.get(table.label, Definitions())
        masked = {item.column.name: item for item in table.columns if _is_masked(item)} if table.has_rows else {}
        for definition in found.all:
            for column in definition.columns if definition.kind == "CHECK" else ():
                if column in masked:
                    yield _may_break(table, masked[column], f"CHECK {in_quotes(definition.name)}")
        for check in found.domain_checks:
            if check.column in masked:
                what = f"CHECK {in_quotes(check.name)} of domain {check.domain}"
                yield _may_break(table, masked[check.column], what)


def target_findings(
    tables: Iterable[TablePlan],
    targets: Mapping[str, Relation],
    source: Mapping[str, Definitions],
    target: Mapping[str, Definitions],
) -> Iterator[Finding]:
    """Name what differs between the source's tables and those that are on the target already."""
    for table in tables:
        there = targets.get(table.label)
        if there is not None:
            yield from _column_findings(table, there)
            own, other = source.get(table.label, Definitions()), target.get(table.label, Definitions())
            yield from _definition_findings(table.label, own.all, other.all)


def _is_masked(item: PlannedColumn) -> bool:
    return item.decision.rule.mask not in _HARMLESS and item.uniqueness != "undecided"


def _may_break(table: TablePlan, item: PlannedColumn, what: str) -> Finding:
    text = f"mask {in_quotes(item.decision.rule.mask)} of column {in_quotes(item.column.name)} may not meet {what}"
    return Finding("check", table.label, text)


def _column_findings(table: TablePlan, there: Relation) -> Iterator[Finding]:
    own_names = {item.column.name for item in table.columns}
    for item in table.columns:
        other = there.column_by_name.get(item.column.name)
        if other is not None:
            for text in _differences(item.column, other):
                yield Finding("other", table.label, f"column {in_quotes(item.column.name)} {text}")
    for column in there.columns:
        if column.name not in own_names:
            yield Finding("added", table.label, f"column {in_quotes(column.name)} is on the target only")


def _differences(own: Column, other: Column) -> Iterator[str]:
    if own.type.display != other.type.display:
        yield f"is {own.type.display} on the source, {other.type.display} on the target"
    if other.is_not_null and not own.is_not_null:
        yield "is NOT NULL on the target only: a NULL would be refused"
    if own.is_not_null and not other.is_not_null:
        yield "is NOT NULL on the source only"
    if own.is_generated and not other.is_generated:
        yield "is generated on the source only: it is not copied, and gets its default"


def _definition_findings(label: str, own: Iterable[Definition], other: Iterable[Definition]) -> Iterator[Finding]:
    """Compare by what is defined, not by names: those of constraints and indexes may be the server's own choice."""
    left = _unmatched(own, other)
    right = {(item.kind, item.name): item for item in _unmatched(other, own)}
    for item in left:
        if (item.kind, item.name) in right:
            del right[item.kind, item.name]
            yield Finding("other", label, f"{_named(item)} is not the same on the target")
        else:
            yield Finding("missing", label, f"{_named(item)} is missing on the target")
    for item in right.values():
        may_refuse = ": rows may be refused" if item.kind in _REFUSING else ""
        fires = ": it may fire for each row" if item.kind == "trigger" else ""
        yield Finding("added", label, f"{_named(item)} is on the target only{may_refuse}{fires}")


def _unmatched(these: Iterable[Definition], those: Iterable[Definition]) -> list[Definition]:
    """Those whose text the other side has not, as often as it lacks."""
    there = Counter((item.kind, item.text) for item in those)
    found = []
    for item in these:
        if there[item.kind, item.text]:
            there[item.kind, item.text] -= 1
        else:
            found.append(item)
    return found


def _named(item: Definition) -> str:
    if item.kind == "row security":
        return "row security"
    if item.kind in {"default", "expression"}:
        return f"the {item.kind} of column {in_quotes(item.name)}"
    return f"{item.kind} {in_quotes(item.name)}"
