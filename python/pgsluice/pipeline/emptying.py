"""Empties tables of the target that an earlier run filled, all at once: they may refer to each other."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ResumeRefusedError, in_quotes


async def empty_tables(connection: Connection, tables: Sequence[tuple[str, str]], *, doing: str) -> None:
    """Truncate those of the tables (schema, name) that are there, in the open transaction.

    Raises ResumeRefusedError where a table refers to them that is none of them: its rows are not ours to take.
    """
    names = [qualified(schema, name) for schema, name in tables]
    here = await connection.fetch(statement("tables_here"), names, doing=doing)
    if not here:
        return
    given = ", ".join(f"ONLY {qualified(row['schema'], row['name'])}" for row in here)
    # Nobody can make a foreign key to them from here on.
    await connection.execute(f"LOCK TABLE {given} IN ACCESS EXCLUSIVE MODE", doing=doing)
    referring = await connection.fetch(statement("referring_tables"), names, doing=doing)
    if referring:
        others = ", ".join(in_quotes(f"{row['schema']}.{row['name']}") for row in referring)
        raise ResumeRefusedError(
            "cannot empty the tables of the earlier run: foreign keys of other tables lead to them",
            detail=f"These refer to them: {others}.",
            hint="Empty all of them yourself, or drop those foreign keys, and run again.",
        )
    # CASCADE reaches what was looked at above and nothing else: partitioned tables, which hold no rows of their own,
    # and tables whose foreign keys are NOT ENFORCED, which PostgreSQL 18 does not see in the list (18.6).
    await connection.execute(f"TRUNCATE {given} CASCADE", doing=doing)
