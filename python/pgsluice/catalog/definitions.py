"""Asks how tables are defined beside their columns: for a plan that compares two of them, not for a copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pgsluice.catalog.model import Relation
from pgsluice.catalog.read import statement
from pgsluice.driver import Connection


@dataclass(frozen=True)
class Definition:
    """One thing of a table that has a text: a constraint, an index, a trigger, a default, a rule."""

    kind: str
    name: str  # of the column for defaults and expressions
    text: str
    columns: tuple[str, ...]  # that it is about, as far as the catalog says


@dataclass(frozen=True)
class DomainCheck:
    """A CHECK that values of a column meet because of the domain they are of."""

    column: str
    domain: str
    name: str


@dataclass(frozen=True)
class Definitions:
    """The definitions and domain CHECKs of one table."""

    all: tuple[Definition, ...] = ()
    domain_checks: tuple[DomainCheck, ...] = ()


async def read_definitions(connection: Connection, relations: Iterable[Relation]) -> dict[str, Definitions]:
    """Give the definitions of these relations by schema.table."""
    by_oid = {relation.oid: relation for relation in relations}
    names = {oid: {column.ordinal: column.name for column in found.columns} for oid, found in by_oid.items()}
    rows = await connection.fetch(statement("definitions"), list(by_oid), doing="reading the definitions of tables")
    checks = await connection.fetch(statement("domain_checks"), list(by_oid), doing="reading the CHECKs of domains")
    own: dict[int, list[Definition]] = defaultdict(list)
    for row in rows:
        columns = tuple(names[row["relation_oid"]].get(ordinal, "") for ordinal in row["ordinals"] or ())
        own[row["relation_oid"]].append(Definition(row["kind"], row["name"], row["definition"], columns))
    of_domains: dict[int, list[DomainCheck]] = defaultdict(list)
    for row in checks:
        (column,) = (names[row["relation_oid"]].get(ordinal, "") for ordinal in row["ordinals"])
        of_domains[row["relation_oid"]].append(DomainCheck(column, row["domain"], row["name"]))
    return {relation.label: Definitions(tuple(own[oid]), tuple(of_domains[oid])) for oid, relation in by_oid.items()}
