"""Asks what a schema has or needs beside its tables: extensions, roles, and what no copy takes along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pgsluice.catalog.model import BesideTables, Catalog, Extension, LargeObjects, Role
from pgsluice.catalog.read import read_catalog, statement
from pgsluice.catalog.replay import read_replay
from pgsluice.driver import Connection


@dataclass(frozen=True)
class Offers:
    """What a target has to offer to a schema that is made there."""

    major: int
    # The version that would be made, by name.
    extensions: dict[str, str]
    roles: frozenset[str]


async def read_source_catalog(connection: Connection) -> Catalog:
    """Read a source's tables, what it has beside them, and how far it is where it is a replica."""
    catalog = await read_catalog(connection)
    replay = await read_replay(connection) if catalog.identity.is_replica else None
    return replace(catalog, beside_tables=await _read_beside_tables(connection), replay=replay)


async def _read_beside_tables(connection: Connection) -> BesideTables:
    found = await connection.fetch(statement("extensions"), doing="reading the extensions")
    tables: dict[str, set[int]] = defaultdict(set)
    if found:
        for extension, _, oid in await _dependents(connection, [row["name"] for row in found], has_all=False):
            tables[extension].add(oid)
    roles = await connection.fetch(statement("roles"), doing="reading the roles")
    left_out = await connection.fetch(statement("left_out"), doing="reading what is left out")
    (objects,) = await connection.fetch(statement("large_objects"), doing="counting the large objects")
    return BesideTables(
        extensions=tuple(
            Extension(row["name"], row["version"], frozenset(tables.get(row["name"], ()))) for row in found
        ),
        roles=tuple(Role(row["name"], row["has_rights"], row["is_in_policy"]) for row in roles),
        large_objects=LargeObjects(**dict(objects)),
        left_out=tuple((row["kind"], row["name"]) for row in left_out),
    )


async def read_dependents(connection: Connection, extensions: Sequence[str]) -> frozenset[tuple[int, int]]:
    """Give all that could not be there without these extensions, as OIDs of catalog and object."""
    found = await _dependents(connection, extensions, has_all=True)
    return frozenset((class_oid, object_oid) for _, class_oid, object_oid in found)


async def _dependents(
    connection: Connection, extensions: Sequence[str], *, has_all: bool
) -> list[tuple[str, int, int]]:
    rows = await connection.fetch(
        statement("dependents"), list(extensions), has_all, doing="reading what needs extensions"
    )
    return [(row["extension"], row["class_oid"], row["object_oid"]) for row in rows]


async def read_offers(connection: Connection) -> Offers:
    """Ask a target."""
    extensions = await connection.fetch(
        "SELECT name::text, coalesce(installed_version, default_version) AS version FROM pg_available_extensions",
        doing="reading the extensions",
    )
    roles = await connection.fetch("SELECT rolname::text AS name FROM pg_roles", doing="reading the roles")
    return Offers(
        major=connection.server_version,
        extensions={row["name"]: row["version"] for row in extensions},
        roles=frozenset(row["name"] for row in roles),
    )
