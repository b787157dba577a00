"""Reads what a writer must know of a table: columns, keys, and what stands in a strategy's way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pgsluice.catalog.read import statement
from pgsluice.catalog.types import read_types
from pgsluice.catalog.wire_types import WireType, wire_type
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import UsageError, place


@dataclass(frozen=True)
class WriteColumn:
    """One live column, with its type as the encoder wants it."""

    name: str
    wire: WireType
    is_not_null: bool
    is_generated: bool
    identity: str  # pg_attribute.attidentity: a always, d by default, or empty
    has_default: bool
    collation: str | None  # as SQL, where it is not the database's own
    is_collation_exact: bool  # whether text that differs is never equal


@dataclass(frozen=True)
class WriteIndex:
    """A unique index, whatever it is made of."""

    name: str
    columns: tuple[str, ...]  # without those that are expressions
    is_primary: bool
    predicate: str | None
    has_expressions: bool
    is_deferrable: bool
    is_exclusion: bool  # of a key WITHOUT OVERLAPS
    # Whether it has for equal what its columns' own collations do, or both go by bytes.
    is_collated_as_columns: bool

    @property
    def obstacle(self) -> str | None:
        """Why ON CONFLICT cannot be about its columns; None where it can."""
        if self.is_deferrable:
            return "its constraint is deferrable"
        if self.is_exclusion:
            return "it is WITHOUT OVERLAPS"
        return None if self.is_collated_as_columns else "its index has another collation than its columns"


@dataclass(frozen=True)
class WriteTarget:
    """A table as a writer sees it."""

    oid: int
    schema: str
    name: str
    kind: str  # pg_class.relkind
    is_unlogged: bool
    has_rules: bool  # of INSERT or UPDATE
    is_row_security_active: bool
    may_select: bool
    may_insert: bool
    may_update: bool
    may_stage: bool  # whether this role may make temporary tables
    partition_columns: tuple[str, ...]
    partition_kind: str | None  # pg_partitioned_table.partstrat
    fill_percent: int
    row_triggers: tuple[str, ...]
    index_count: int
    # Those of any index: no update that changes one is HOT.
    indexed_columns: tuple[str, ...]
    columns: tuple[WriteColumn, ...]
    unique_indexes: tuple[WriteIndex, ...]
    server_version: int

    @property
    def label(self) -> str:
        """schema.table."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def column_by_name(self) -> dict[str, WriteColumn]:
        """Its columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty where there is none."""
        return next((index.columns for index in self.unique_indexes if index.is_primary), ())


async def read_write_targets(connection: Connection, names: Sequence[str]) -> dict[str, WriteTarget]:
    """Describe the tables of these names, as the session's search_path finds them.

    Raises UsageError for a name that is no table.
    """
    found = await connection.fetch(statement("write_targets"), list(names), doing="looking for the tables to write")
    missing = set(names) - {row["asked"] for row in found}
    if missing:
        raise UsageError(
            f"{place(min(missing))} does not exist, or this role may not see its schema",
            hint='Write it as schema.table; a name with capitals or points as in SQL, "Like This".',
        )
    oids = [row["oid"] for row in found]
    columns = _by_relation(await connection.fetch(statement("write_columns"), oids, doing="reading the columns"))
    indexes = _by_relation(await connection.fetch(statement("write_indexes"), oids, doing="reading the unique indexes"))
    types = read_types(await connection.fetch(statement("types"), oids, doing="reading the types"))
    version = connection.server_version
    return {row["asked"]: _target(row, columns[row["oid"]], indexes[row["oid"]], types, version) for row in found}


def _by_relation(rows: list[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row["relation_oid"]].append(row)
    return grouped


def _target(row: Any, columns: list[Any], indexes: list[Any], types: Any, version: int) -> WriteTarget:
    names = {column["ordinal"]: column["name"] for column in columns}

    def named(ordinals: list[int]) -> tuple[str, ...]:
        return tuple(names[ordinal] for ordinal in ordinals if ordinal in names)

    if row["kind"] not in {"r", "p"}:
        raise UsageError(
            f"{place(row['schema'] + '.' + row['name'])} cannot be written to",
            detail="It is a view, a foreign table or another relation without rows of its own.",
        )
    return WriteTarget(
        oid=row["oid"],
        schema=row["schema"],
        name=row["name"],
        kind=row["kind"],
        is_unlogged=row["is_unlogged"],
        has_rules=row["has_rules"],
        is_row_security_active=row["is_row_security_active"],
        may_select=row["may_select"],
        may_insert=row["may_insert"],
        may_update=row["may_update"],
        may_stage=row["may_stage"],
        partition_columns=named(row["partition_attnums"] or []),
        partition_kind=row["partition_kind"],
        fill_percent=row["fill_percent"],
        row_triggers=tuple(row["row_triggers"]),
        index_count=row["index_count"],
        indexed_columns=named(row["indexed_attnums"]),
        columns=tuple(
            WriteColumn(
                name=column["name"],
                wire=wire_type(types, column["type_oid"], column["type_modifier"], column["type_display"]),
                is_not_null=column["is_not_null"] or types.is_not_null(column["type_oid"]),
                is_generated=column["is_generated"],
                identity=column["identity"],
                has_default=column["has_default"],
                collation=qualified(column["collation_schema"], column["collation_name"])
                if column["collation_schema"]
                else None,
                is_collation_exact=column["is_collation_exact"],
            )
            for column in columns
        ),
        unique_indexes=tuple(
            WriteIndex(
                name=index["name"],
                columns=named(index["ordinals"]),
                is_primary=index["is_primary"],
                predicate=index["predicate"],
                has_expressions=index["has_expressions"],
                is_deferrable=index["is_deferrable"],
                is_exclusion=index["is_exclusion"],
                is_collated_as_columns=index["is_collated_as_columns"],
            )
            for index in indexes
        ),
        server_version=version,
    )
