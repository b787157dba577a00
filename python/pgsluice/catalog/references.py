"""Reads which of some tables reference which others of them by foreign keys."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.driver import Connection


async def read_references(connection: Connection, oids: Sequence[int]) -> list[tuple[int, int]]:
    """Give (referencing, referenced) by OID, of keys among these tables; a table may reference itself."""
    rows = await connection.fetch(
        """SELECT DISTINCT conrelid AS referencing, confrelid AS referenced FROM pg_catalog.pg_constraint
            WHERE contype = 'f' AND conrelid = ANY ($1::oid[]) AND confrelid = ANY ($1::oid[]) ORDER BY 1, 2""",
        list(oids),
        doing="looking for foreign keys among the tables",
    )
    return [(row["referencing"], row["referenced"]) for row in rows]
