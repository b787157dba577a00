"""Reads a database's tables, in a few statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Any

from pgsluice.catalog.model import Catalog, Column, ForeignKey, Identity, Relation, UniqueIndex
from pgsluice.catalog.types import TypeResolver, read_types
from pgsluice.driver import Connection

Rows = list[Any]


@cache
def statement(name: str) -> str:
    """The text of one of the .sql files beside this module."""
    return files("pgsluice.catalog").joinpath(f"{name}.sql").read_text(encoding="utf-8")


async def read_identity(connection: Connection) -> Identity:
    """Ask which server and database this is."""
    (row,) = await connection.fetch(statement("identity"), doing="reading the server's identity")
    return Identity(
        system_identifier=row["system_identifier"],
        database_oid=row["database_oid"],
        database=row["database"],
        encoding=row["encoding"],
        locale=row["locale"],
        version=row["version"],
        is_replica=row["is_replica"],
        is_read_only=row["is_read_only"],
    )


async def read_catalog(connection: Connection) -> Catalog:
    """Ask for all tables outside of the system's schemas, with columns, types, unique indexes and keys."""
    identity = await read_identity(connection)
    found = await connection.fetch(statement("relations"), doing="reading the list of tables")
    oids = [row["oid"] for row in found]
    columns = await connection.fetch(statement("columns"), oids, doing="reading the columns")
    types = await connection.fetch(statement("types"), oids, doing="reading the types")
    indexes = await connection.fetch(statement("indexes"), oids, doing="reading the unique indexes")
    keys = await connection.fetch(statement("foreign_keys"), oids, doing="reading the foreign keys")
    casts = await connection.fetch(statement("casts"), doing="reading the casts")
    resolver = read_types(types)
    columns_of = _by_relation(columns)
    indexes_of, keys_of = _by_relation(indexes), _by_relation(keys)
    names = {oid: {row["ordinal"]: row["name"] for row in rows} for oid, rows in columns_of.items()}
    relations = tuple(
        _relation(row, columns_of[row["oid"]], indexes_of[row["oid"]], keys_of[row["oid"]], names, resolver)
        for row in found
    )
    return Catalog(
        identity=identity,
        relations=relations,
        casts=frozenset(
            ((row["source_schema"], row["source_name"]), (row["target_schema"], row["target_name"])) for row in casts
        ),
    )


def _by_relation(rows: Rows) -> dict[int, Rows]:
    grouped: dict[int, Rows] = defaultdict(list)
    for row in rows:
        grouped[row["relation_oid"]].append(row)
    return grouped


def _relation(
    row: Any,
    columns: Rows,
    indexes: Rows,
    keys: Rows,
    names: dict[int, dict[int, str]],
    resolver: TypeResolver,
) -> Relation:
    own = names.get(row["oid"], {})

    def named(ordinals: list[int], of: dict[int, str]) -> tuple[str, ...]:
        return tuple(of[ordinal] for ordinal in ordinals if ordinal in of)

    return Relation(
        oid=row["oid"],
        schema=row["schema"],
        name=row["name"],
        kind=row["kind"],
        is_partition=row["is_partition"],
        root_oid=row["root_oid"],
        parent_oids=tuple(row["parent_oids"]),
        is_unlogged=row["is_unlogged"],
        has_row_security=row["has_row_security"],
        is_row_security_active=row["is_row_security_active"],
        rows_estimate=int(row["rows_estimate"]) if row["rows_estimate"] >= 0 else None,
        size_bytes=row["size_bytes"],
        indexes_bytes=row["indexes_bytes"],
        may_select=row["may_select"],
        may_insert=row["may_insert"],
        extension=row["extension"],
        partition_columns=named(row["partition_attnums"] or [], own),
        is_hashed=row["is_hashed"],
        columns=tuple(_column(column, resolver) for column in columns),
        unique_indexes=tuple(
            UniqueIndex(
                columns=named(index["ordinals"], own),
                is_primary=index["is_primary"],
                is_partial=index["is_partial"],
                is_in_column_order=index["is_in_column_order"],
            )
            for index in indexes
        ),
        foreign_keys=tuple(
            ForeignKey(
                name=key["name"],
                columns=named(key["ordinals"], own),
                referenced_oid=key["referenced_oid"],
                referenced_columns=named(key["referenced_ordinals"], names.get(key["referenced_oid"], {})),
            )
            for key in keys
        ),
    )


def _column(row: Any, resolver: TypeResolver) -> Column:
    return Column(
        name=row["name"],
        ordinal=row["ordinal"],
        type=resolver.resolve(row["type_oid"], row["type_modifier"], row["type_display"]),
        is_not_null=row["is_not_null"] or resolver.is_not_null(row["type_oid"]),
        is_generated=row["generated"] != "",
        is_identity=row["identity"] != "",
        has_default=row["has_default"],
    )
