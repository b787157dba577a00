"""Knows which columns decide the partition of a row, and where the target would decide otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from pgsluice.catalog.model import Catalog, Relation
from pgsluice.errors import place


def partition_columns(source: Catalog, relation: Relation) -> frozenset[str]:
    """The partition keys of every level above a table."""
    return frozenset(name for parent in _above(source, relation) for name in parent.partition_columns)


def hash_problems(source: Catalog, relation: Relation) -> list[str]:
    """Say that rows would not be taken: the hash of an enum is that of its number, and each database has its own."""
    return [
        f"{place(relation.label, name)} decides the partition by the hash of an enum, which is another one on the "
        'target: copy no rows of it (rows = "none"), or leave it out with --tables'
        for parent in _above(source, relation)
        if parent.is_hashed
        for name in parent.partition_columns
        if parent.column_by_name[name].type.labels is not None
    ]


def _above(source: Catalog, relation: Relation) -> Iterator[Relation]:
    above = list(relation.parent_oids) if relation.is_partition else []
    while above:
        parent = source.by_oid.get(above.pop())
        if parent is not None:
            yield parent
            above += parent.parent_oids
