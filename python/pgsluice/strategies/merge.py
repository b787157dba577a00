"""`merge`: COPY into a temporary table, then an upsert from there. For batches that are too large for parameters."""

from __future__ import annotations

from pgsluice.driver.quoting import qualified, quoted
from pgsluice.strategies import upsert
from pgsluice.strategies.copy_in import TargetTable
from pgsluice.strategies.shape import Promises, Strategy
from pgsluice.strategies.statement import Part


def staging_table(part: Part) -> TargetTable:
    """The session's own table that the rows go to first."""
    names = tuple(column.name for column in part.columns)
    return TargetTable("pg_temp", part.staging, names, "binary")


def create_staging(part: Part, *, is_kept: bool) -> str:
    """Make the temporary table; one that is kept is emptied by every COMMIT.

    Its columns are what parameters would be the arrays of: types without a binary form stay text up to the upsert.
    """
    table = staging_table(part)
    columns = ", ".join(f"{quoted(column.name)} {column.array_type.removesuffix('[]')}" for column in part.columns)
    exists, end = ("IF NOT EXISTS ", "DELETE ROWS") if is_kept else ("", "DROP")
    return f"CREATE TEMPORARY TABLE {exists}{qualified(table.schema, table.name)} ({columns}) ON COMMIT {end}"


def drop_staging(part: Part) -> str:
    """Take the table away before the transaction ends, which may be the caller's."""
    return f"DROP TABLE {qualified('pg_temp', part.staging)}"


def empty_staging(part: Part) -> str:
    """Take the rows out of it."""
    return f"TRUNCATE {qualified('pg_temp', part.staging)}"


STRATEGY = Strategy(
    name="merge",
    summary="COPY into a temporary table, then upsert from there; large batches",
    promises=Promises(
        on_conflict="as upsert",
        cost="As upsert; the rows are written to a temporary table before, which costs no WAL",
        is_repeatable=True,
        needs_key=True,
    ),
    sends="staging",
    outcomes="versions",
    # Rows stay in the order in which COPY brought them: upsert and merge take their locks in the same one.
    statements=upsert.statements,
)
