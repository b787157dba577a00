"""Reads what a server knows of columns besides their types: comments, sequences, lists of values, statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from pgsluice._core import type_names
from pgsluice.catalog.model import Column, Relation
from pgsluice.driver import Connection
from pgsluice.recognition.model import Subject, Values
from pgsluice.recognition.names import Words, words

Place = tuple[int, str]  # a relation's OID and a column of it

# A comment of so few words is a name; a longer one is a sentence, which may speak of something else.
_NAMING_WORDS_MAX = 5
_RANGES = frozenset(
    f"{subtype}{suffix}"
    for subtype in ("int4", "int8", "num", "date", "ts", "tstz")
    for suffix in ("range", "multirange")
)
_GEOMETRIC = frozenset({"point", "line", "lseg", "box", "path", "polygon", "circle", "geometry", "geography"})


@dataclass(frozen=True)
class Facts:
    """What the server knows of the chosen relations."""

    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)  # by OID and ordinal, 0 for the table
    numbered: frozenset[tuple[int, int]] = frozenset()
    listed: frozenset[tuple[int, int]] = frozenset()
    different: Mapping[Place, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnFacts:
    """All that a column is judged by."""

    relation: Relation
    column: Column
    subject: Subject
    is_numbered: bool = False
    is_listed: bool = False
    # Different values as the last ANALYZE expected them; None where nobody knows.
    different: float | None = None
    decides_partition: bool = False

    @property
    def values(self) -> Values:
        """The values that were looked at."""
        return self.subject.values

    @property
    def is_whole_key(self) -> bool:
        """Whether the column is the primary key by itself."""
        return any(index.is_primary and index.columns == (self.column.name,) for index in self.relation.unique_indexes)

    @property
    def is_in_key(self) -> bool:
        """Whether the column is part of the primary key."""
        return any(index.is_primary and self.column.name in index.columns for index in self.relation.unique_indexes)


async def read_facts(connection: Connection, relations: Sequence[Relation]) -> Facts:
    """Ask for comments, sequences, lists and statistics of relations; no value is among the answers."""
    oids = [relation.oid for relation in relations]
    comments = await connection.fetch(_statement("comments"), oids, doing="reading the comments")
    numbered = await connection.fetch(_statement("numbered"), oids, doing="reading the defaults")
    listed = await connection.fetch(_statement("checked"), oids, doing="reading the constraints")
    different = await connection.fetch(_statement("distinct"), oids, doing="reading the statistics")
    return Facts(
        comments={(row["relation_oid"], row["ordinal"]): row["comment"] for row in comments},
        numbered=frozenset((row["relation_oid"], row["ordinal"]) for row in numbered),
        listed=frozenset((row["relation_oid"], row["ordinal"]) for row in listed),
        different={(row["relation_oid"], row["name"]): row["different"] for row in different},
    )


def column_facts(
    relation: Relation,
    column: Column,
    facts: Facts,
    *,
    values: Values,
    is_about_people: bool,
    is_of_a_person: bool,
    decides_partition: bool,
) -> ColumnFacts:
    """Put together what is known of one column."""
    place = (relation.oid, column.ordinal)
    comment = facts.comments.get(place, "")
    described = words(comment)
    is_name = len(described.single) <= _NAMING_WORDS_MAX
    return ColumnFacts(
        relation=relation,
        column=column,
        subject=Subject(
            name=words(column.name),
            type_kind=kind_of(column),
            table=words(relation.name),
            also_named=(*_type_words(column), *([described] if comment and is_name else [])),
            described=Words() if is_name else described,
            values=values,
            is_about_people=is_about_people,
            is_of_a_person=is_of_a_person,
        ),
        is_numbered=place in facts.numbered,
        is_listed=place in facts.listed,
        different=facts.different.get((relation.oid, column.name)),
        decides_partition=decides_partition,
    )


def kind_of(column: Column) -> str:
    """Name the kind of a column's type: as the core's masks call it, else what can be said of it here."""
    own = column.type
    if own.labels is not None:
        return "enum"
    if own.name in _GEOMETRIC:
        return "geometric"
    if own.name in _RANGES:
        return "range"
    if own.name in _kinds():
        return _kinds()[own.name]
    if not own.is_scalar and not own.is_array:
        return "composite"
    return own.name if own.schema == "pg_catalog" or own.name == "hstore" else "other"


def _type_words(column: Column) -> tuple[Words, ...]:
    """The name of a domain, composite or enum of the database's own says what it is for."""
    display = column.type.display.removesuffix("[]")
    return (words(display.rpartition(".")[2]),) if "." in display else ()


@cache
def _kinds() -> dict[str, str]:
    return dict(type_names())


@cache
def _statement(name: str) -> str:
    return files("pgsluice.recognition").joinpath(f"{name}.sql").read_text(encoding="utf-8")
