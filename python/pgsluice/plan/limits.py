"""Finds the length that results must keep to: a column's own, or the smallest of all that keys tie it to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pgsluice.catalog.model import Catalog, Column, Relation

Place = tuple[int, str]  # a source relation's OID and a column of it
Limits = Mapping[Place, int]


def limits(source: Catalog, target: Catalog | None) -> Limits:
    """Give the characters that each column's results may have; columns without a limit are missing.

    Masks that fit themselves to a limit give equal results on both sides of a foreign key only under equal limits.
    """
    own = {
        (relation.oid, column.name): found
        for relation in source.relations
        for column in relation.columns
        if (found := _own(relation, column, target)) is not None
    }
    tied = _tied(source)
    seen: set[Place] = set()
    shared: dict[Place, int] = {}
    for place in tied:
        group = _reachable(place, tied) if place not in seen else []
        seen.update(group)
        smallest = min((own[member] for member in group if member in own), default=None)
        if smallest is not None:
            shared |= dict.fromkeys(group, smallest)
    return own | shared


def _own(relation: Relation, column: Column, target: Catalog | None) -> int | None:
    """The smaller limit of source and target."""
    there = target.by_label.get(relation.label) if target else None
    other = there.column_by_name.get(column.name) if there else None
    found = [limit for limit in (column.type.chars_max, other.type.chars_max if other else None) if limit is not None]
    return min(found, default=None)


def _tied(source: Catalog) -> dict[Place, set[Place]]:
    """Columns that refer to one another, in both directions."""
    tied: dict[Place, set[Place]] = defaultdict(set)
    for relation in source.relations:
        for key in relation.foreign_keys:
            for name, referenced in zip(key.columns, key.referenced_columns, strict=True):
                tied[relation.oid, name].add((key.referenced_oid, referenced))
                tied[key.referenced_oid, referenced].add((relation.oid, name))
    for relation in source.relations:  # A key of a partitioned table is one of its partitions.
        for parent in relation.parent_oids:
            for column in relation.columns:
                if (parent, column.name) in tied:
                    tied[relation.oid, column.name].add((parent, column.name))
                    tied[parent, column.name].add((relation.oid, column.name))
    return tied


def _reachable(place: Place, tied: Mapping[Place, set[Place]]) -> list[Place]:
    found = {place}
    waiting = [place]
    while waiting:
        for other in tied.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return list(found)
