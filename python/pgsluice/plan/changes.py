"""Tells what is planned otherwise than before, by comparing two outlines (see `plan.outline`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pgsluice.errors import in_quotes, place

# The form of an outline: tables by name, each with its format, key, rows, mark and columns.
OUTLINE_VERSION = 1

Outline = dict[str, Any]
Kind = Literal[
    "table-new", "table-gone", "column-new", "column-gone",
    "type", "mask", "domain", "parameters", "format", "rows", "key", "other",
]  # fmt: skip
# The fields of a column as they are remembered, in their order.
_TYPE, _MASK, _DOMAIN, _MARK = range(4)


@dataclass(frozen=True)
class Change:
    """One thing that is planned otherwise than before; `before` and `after` are names."""

    kind: Kind
    table: str
    column: str | None = None
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        where = place(self.table, self.column)
        if self.kind in {"table-new", "column-new"}:
            return f"{where} is new" + (f" ({self.after})" if self.after else "")
        if self.kind in {"table-gone", "column-gone"}:
            return f"{where} is gone" + (f" ({self.after})" if self.after else "")
        if self.kind == "parameters":
            return f"{where}: parameters changed of mask {in_quotes(self.after or '')}"
        if self.kind == "other":
            return f"{where}: limits, constraints or word lists changed"
        return f"{where}: {self.kind} changed: {self.before} -> {self.after}"


def changes(before: Outline, after: Outline, *, left_out: Mapping[str, str]) -> tuple[Change, ...] | None:
    """Tell what differs between two outlines, in the order of names; None where the older one cannot be read.

    `left_out` gives the reasons of tables that are not copied. Marks are compared where both outlines have them; of
    two keys they always differ.
    """
    try:
        if before["version"] != OUTLINE_VERSION:
            return None
        return tuple(_changes(before["tables"], after["tables"], left_out))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):  # Somebody has edited it.
        return None


def _changes(before: dict[str, Any], after: dict[str, Any], reasons: Mapping[str, str]) -> Iterator[Change]:
    for label in sorted(before.keys() | after.keys()):
        if label not in before:
            yield Change("table-new", label)
        elif label not in after:
            yield Change("table-gone", label, after=reasons.get(label))
        else:
            found = [*_table_changes(label, before[label], after[label])]
            yield from found or _other_changes(label, before[label], after[label])


def _table_changes(label: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    names: tuple[Literal["format", "key"], ...] = ("format", "key")
    for name in names:
        if before[name] != after[name]:
            yield Change(name, label, before=before[name], after=after[name])
    if before["rows"] != after["rows"]:
        words = {True: "copied", False: "structure only"}
        yield Change("rows", label, before=words[before["rows"]], after=words[after["rows"]])
    old, new = before["columns"], after["columns"]
    # New ones and changed ones in the table's order, those that are gone behind them.
    for column in [*new, *(name for name in old if name not in new)]:
        if column not in old:
            yield Change("column-new", label, column, after=f"{new[column][_TYPE]}, {new[column][_MASK]}")
        elif column not in new:
            yield Change("column-gone", label, column)
        else:
            yield from _column_changes(label, column, old[column], new[column])


def _column_changes(label: str, column: str, old: list[str], new: list[str]) -> Iterator[Change]:
    if old[_TYPE] != new[_TYPE]:
        yield Change("type", label, column, old[_TYPE], new[_TYPE])
    if old[_MASK] != new[_MASK]:
        yield Change("mask", label, column, old[_MASK], new[_MASK])
    elif old[_DOMAIN] != new[_DOMAIN]:
        yield Change("domain", label, column, old[_DOMAIN], new[_DOMAIN])
    elif _differ(old[_MARK], new[_MARK]):
        yield Change("parameters", label, column, after=new[_MASK])


def _other_changes(label: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """What has no name of its own here: NOT NULL, uniqueness, lengths that masks keep to, word lists, labels."""
    if _differ(before["mark"], after["mark"]):
        yield Change("other", label)


def _differ(before: str | None, after: str | None) -> bool:
    return before is not None and after is not None and before != after
