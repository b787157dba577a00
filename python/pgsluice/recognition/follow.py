"""Finds which columns follow which by foreign keys, and which of them must therefore get the same rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pgsluice.catalog.model import Catalog, Column, Relation
from pgsluice.recognition.facts import Place

# Types that masks read and write alike.
_LIKE_TEXT = {"varchar": "text"}


class Follow:
    """The foreign keys of a catalog, column by column. A partition's column counts as that of its root."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._above: dict[Place, list[Place]] = defaultdict(list)
        self._leaders: dict[Place, Place] = {}
        self._groups: dict[Place, set[Place]] = {}
        for relation in catalog.relations:
            for key in relation.foreign_keys:
                for name, referenced in zip(key.columns, key.referenced_columns, strict=True):
                    self._take((relation.oid, name), (key.referenced_oid, referenced))
        self._relations: dict[Place, set[int]] = defaultdict(set)
        for place in list(self._above):
            self._relations[self.leader(place)].add(place[0])

    def root(self, place: Place) -> Place:
        """The column of the partitioned table at the top."""
        relation = self._catalog.by_oid.get(place[0])
        return (relation.root_oid, place[1]) if relation is not None else place

    def leader(self, place: Place) -> Place:
        """The column that decides for this one: itself, or what it refers to, over as many keys as it takes."""
        place = self.root(place)
        if place in self._leaders:
            return self._leaders[place]
        trail = [place]
        while self._above.get(trail[-1]):
            following = self._above[trail[-1]][0]
            if following in self._leaders:
                trail.append(self._leaders[following])
                break
            if following in trail:  # A circle: one of it has to be named in the rules, always the same one.
                trail.append(min(trail[trail.index(following) :]))
                break
            trail.append(following)
        self._leaders |= dict.fromkeys(trail, trail[-1])
        return trail[-1]

    def is_follower(self, place: Place) -> bool:
        """Whether another column decides for this one."""
        return self.leader(place) != self.root(place)

    def group(self, place: Place) -> set[Place]:
        """All columns that foreign keys tie together with this one, itself included."""
        place = self.root(place)
        return self._groups.get(place, {place})

    def leaders(self, place: Place) -> list[Place]:
        """The columns of a group that need a rule; more than one where a column refers to several keys."""
        return sorted({self.leader(member) for member in self.group(place)})

    def relations_of(self, place: Place) -> set[int]:
        """The tables whose columns this one decides: OIDs of roots."""
        return {place[0], *self._relations.get(place, ())}

    def is_of_one_type(self, place: Place) -> bool:
        """Whether all columns of a group have types that a mask gives equal results for."""
        types = {_written_alike(found) for member in self.group(place) if (found := self._column(member)) is not None}
        return len(types) <= 1

    def _column(self, place: Place) -> Column | None:
        relation = self._catalog.by_oid.get(place[0])
        return relation.column_by_name.get(place[1]) if relation is not None else None

    def _take(self, place: Place, referenced: Place) -> None:
        own, target = self.root(place), self.root(referenced)
        there = self._column(referenced)
        # What the target computes by itself is no rule to follow.
        if there is None or there.is_generated or own == target:
            return
        # A key that one partition has alone ties, but the other partitions need a rule all the same.
        if own == place and target not in self._above[own]:
            self._above[own].append(target)
        joined = self._groups.get(own, {own}) | self._groups.get(target, {target})
        self._groups |= dict.fromkeys(joined, joined)


def partition_columns(catalog: Catalog) -> frozenset[Place]:
    """The columns that decide partitions, on any level, as columns of the root."""
    return frozenset((relation.root_oid, name) for relation in catalog.relations for name in relation.partition_columns)


def roots(relations: Iterable[Relation], catalog: Catalog) -> list[Relation]:
    """The tables that rules name: plain ones, and the tops of partitioned ones."""
    found = {relation.root_oid: catalog.by_oid.get(relation.root_oid, relation) for relation in relations}
    return sorted(found.values(), key=lambda relation: (relation.schema, relation.name))


def _written_alike(column: Column) -> tuple[str, str, bool]:
    own = column.type
    return own.schema, _LIKE_TEXT.get(own.name, own.name), own.is_array
