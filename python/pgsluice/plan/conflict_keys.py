"""Finds the key that a conflict is about: the one that was named, the primary key, or the only other one. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.catalog.write_targets import WriteColumn, WriteIndex, WriteTarget
from pgsluice.config.table import Table
from pgsluice.errors import in_quotes, place
from pgsluice.plan.partition_advice import needs_partition_key

# Words of a predicate as the server writes it, quoted names whole.
_NAME = re.compile(r'"(?:[^"]|"")*"|\w+')


@dataclass(frozen=True)
class ConflictKey:
    """The columns, and what is to be said of them; no columns where there is no key."""

    columns: tuple[str, ...] = ()
    predicate: str | None = None
    reason: str | None = None
    # Why there is none, for strategies that need one; `problems` are those of a key that was named.
    lack: str | None = None
    problems: tuple[str, ...] = ()


def conflict_key(target: WriteTarget, table: Table, columns: Sequence[str]) -> ConflictKey:
    """Find the key; `columns` are those that rows bring."""
    return _named(target, table.key, columns) if table.key is not None else _found(target, columns)


def _named(target: WriteTarget, key: tuple[str, ...], columns: Sequence[str]) -> ConflictKey:
    """The index of a key that was named, one without a predicate if there is."""
    fitting = [index for index in target.unique_indexes if set(index.columns) == set(key) and not index.has_expressions]
    usable = sorted((index for index in fitting if index.obstacle is None), key=lambda index: index.predicate or "")
    if not usable:
        return ConflictKey(problems=(_refusal(target, key, fitting),))
    index = usable[0]
    for_rows = f", for rows {index.predicate}" if index.predicate else ""
    return ConflictKey(
        key,
        index.predicate,
        f"conflict key: index {in_quotes(index.name)} on ({', '.join(index.columns)}){for_rows}",
        problems=tuple(
            f"{place(target.label, name)}: a column of the key that rows do not bring"
            for name in key
            if name not in columns
        )
        + tuple(
            f"{place(target.label, column.name)}: index {in_quotes(index.name)} is for rows {index.predicate}, "
            "and rows do not bring this column, which has a default"
            for column in _predicate_columns(target, index)
            if column.name not in columns and (column.has_default or column.is_generated)
        ),
    )


def _refusal(target: WriteTarget, key: Sequence[str], fitting: Sequence[WriteIndex]) -> str:
    why = f"{fitting[0].obstacle}" if fitting else "no unique index has exactly these columns"
    missing = [name for name in target.partition_columns if name not in key]
    if not fitting and missing:
        why = needs_partition_key(missing)
    return f"{place(target.label)}: ON CONFLICT cannot be about ({_listed(key)}): {why}"


def _predicate_columns(target: WriteTarget, index: WriteIndex) -> list[WriteColumn]:
    words = {word.strip('"').replace('""', '"') for word in _NAME.findall(index.predicate or "")}
    return [column for column in target.columns if column.name in words]


def _found(target: WriteTarget, columns: Sequence[str]) -> ConflictKey:
    """The primary key, else the only unique index there is whose columns rows bring and are never NULL."""
    primary = next((index for index in target.unique_indexes if index.is_primary), None)
    if primary is None:
        lack = "there is no primary key"
    elif not set(primary.columns) <= set(columns):
        lack = "rows do not bring the primary key"
    elif primary.obstacle is not None:
        lack = f"ON CONFLICT cannot be about the primary key: {primary.obstacle}"
    else:
        return ConflictKey(primary.columns, None, f"conflict key: primary key ({', '.join(primary.columns)})")
    others = [
        index
        for index in target.unique_indexes
        if not (index.is_primary or index.has_expressions or index.predicate or index.obstacle)
        and all(name in columns and target.column_by_name[name].is_not_null for name in index.columns)
    ]
    if len(others) == 1:
        (index,) = others
        name, names = in_quotes(index.name), ", ".join(index.columns)
        return ConflictKey(index.columns, None, f"conflict key: unique index {name} on ({names}); {lack}")
    if others:
        names = " or ".join(f"({_listed(index.columns)})" for index in others)
        lack += f", and of several unique indexes one must be named as key: {names}"
    return ConflictKey(lack=lack)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(in_quotes, names))
