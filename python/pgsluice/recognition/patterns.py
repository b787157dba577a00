"""Says once what is the same in very many tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.catalog.model import Catalog, Column, Relation
from pgsluice.config.rules import Pattern, Rule
from pgsluice.plan.decisions import FREE_TYPES
from pgsluice.recognition.propose import Proposal, TableProposals

# A person reads this many tables; entries of a table are plainer than patterns.
TABLES_MIN = 200
# What fewer tables have is as well said in each of them.
_SAME_MIN = 20
_PLAIN = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Patterned:
    """Patterns with their rules and reasons, those that are left to a person, and the columns that they speak of."""

    rules: tuple[tuple[str, Rule, str], ...] = ()
    left: tuple[tuple[str, Rule | None, str], ...] = ()
    _places: frozenset[tuple[int, str]] = frozenset()

    def covers(self, relation: Relation, column: Column) -> bool:
        """Whether a pattern speaks of a column, so that its table need not."""
        return (relation.oid, column.name) in self._places


def patterned(tables: Sequence[TableProposals], catalog: Catalog) -> Patterned:
    """Find the names of columns that get one rule wherever they are, in a database of very many tables.

    A pattern is made only if it catches no column that was left to a person, or that was not looked at. It will catch
    such columns of tables to come; what is kept by a pattern is therefore of no type that may hold anything.
    """
    if len(tables) < TABLES_MIN:
        return Patterned()
    by_name: dict[str, list[tuple[TableProposals, Proposal]]] = defaultdict(list)
    for table in tables:
        for found in table.columns:
            by_name[found.column.name].append((table, found))
    rules: list[tuple[str, Rule, str]] = []
    left: list[tuple[str, Rule | None, str]] = []
    places: set[tuple[int, str]] = set()
    for name, same in sorted(by_name.items()):
        if len(same) < _SAME_MIN or not _PLAIN.fullmatch(name) or not _are_alike([found for _, found in same]):
            continue
        if _catches_more(name, len(same), tables, catalog):
            continue
        first = same[0][1]
        why = f"{len(same):,} tables: {first.finding.reason}"
        if first.rule is not None:
            rules.append((f"*.{name}", first.rule, why))
        else:
            left.append((f"*.{name}", _guess(first), f"{first.column.type.display}, {why}"))
        places.update((table.relation.oid, name) for table, _ in same)
    return Patterned(tuple(rules), tuple(left), frozenset(places))


def _are_alike(same: Sequence[Proposal]) -> bool:
    """Whether one line can speak of all: one rule that no type forbids, or one type and one guess."""
    first = same[0]
    if first.rule is None:
        asked = (first.column.type.display, _guess(first))
        return all(found.rule is None and (found.column.type.display, _guess(found)) == asked for found in same)
    is_keep_of_free = first.rule.mask == "keep" and any(found.column.type.name in FREE_TYPES for found in same)
    return not is_keep_of_free and first.rule.mask != "json" and all(found.rule == first.rule for found in same)


def _guess(found: Proposal) -> Rule | None:
    return found.finding.rules[0] if found.finding.rules else None


def _catches_more(name: str, wanted: int, tables: Sequence[TableProposals], catalog: Catalog) -> bool:
    """Whether the pattern would decide a column that nobody proposed it for; those that follow a key are not asked."""
    following = {(table.relation.oid, column) for table in tables for column, _ in table.following}
    pattern = Pattern(f"*.{name}", Rule("keep"))
    caught = sum(
        1
        for relation in catalog.relations
        if not relation.is_partition
        for column in relation.columns
        if column.name.endswith(name)
        and not column.is_generated
        and (relation.oid, column.name) not in following
        and pattern.matches(schema=relation.schema, table=relation.name, column=column.name, type_name="")
    )
    return caught != wanted
