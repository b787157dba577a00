"""Lets a batch through once: its number is written with its rows, and a second try finds it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pgsluice.driver import Connection

# Its number goes as text: on a caller's connection a uuid may be whatever their codec makes of it.
# The second of two tries waits for the first one's row lock, should the server still be at it.
ONCE = """
    INSERT INTO _pgsluice.writer_batch AS b (writer, number, written_at)
    VALUES ($1::text::uuid, $2, pg_catalog.clock_timestamp())
    ON CONFLICT (writer) DO UPDATE SET number = excluded.number, written_at = excluded.written_at
     WHERE b.number < excluded.number
    RETURNING 1
"""
PARAMETERS = 2
_MAKING_LOCK = 7_809_637_225_103_188_563  # "lsluices" as bytes; any number that nobody else takes


@cache
def _schema_sql() -> str:
    return files("pgsluice.state").joinpath("writer_schema.sql").read_text(encoding="utf-8")


async def make_writer_state(connection: Connection) -> None:
    """Create the tables that writers keep their state in, where they are missing."""
    found = await connection.fetch_value(
        "SELECT pg_catalog.to_regclass('_pgsluice.cursor') IS NOT NULL", doing="looking for the writers' state"
    )
    if not found:
        # One statement, so one transaction: of writers that start together one makes them, the others wait.
        locked = f"SELECT pg_catalog.pg_advisory_xact_lock({_MAKING_LOCK}); {_schema_sql()}"
        await connection.execute(locked, doing="creating the writers' state (schema _pgsluice)")


async def forget_writer(connection: Connection, writer: str) -> None:
    """Take a writer's row away: it sends no more batches."""
    await connection.execute(
        "DELETE FROM _pgsluice.writer_batch WHERE writer = $1::text::uuid",
        writer,
        doing="forgetting the writer's last batch",
    )
