"""Tells which tables that inherit get their columns in another order: pg_dump makes those of the parents first."""

from __future__ import annotations

from collections.abc import Iterable

from pgsluice.catalog.model import Catalog, Relation


def reordered(source: Catalog, relations: Iterable[Relation]) -> list[str]:
    """Give the tables whose columns stand in another order once they are made; partitions keep theirs."""
    return [
        relation.label
        for relation in relations
        if _order_made(source, relation) != [column.name for column in relation.columns]
    ]


def _order_made(source: Catalog, relation: Relation) -> list[str]:
    names: dict[str, None] = {}
    if not relation.is_partition:
        parents = (source.by_oid.get(oid) for oid in relation.parent_oids)
        for parent in parents:
            names.update(dict.fromkeys(_order_made(source, parent) if parent else ()))
    names.update(dict.fromkeys(column.name for column in relation.columns))
    return list(names)
