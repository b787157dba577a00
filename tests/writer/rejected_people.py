"""A table that refuses some rows in several ways, and who is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgsluice import Table

if TYPE_CHECKING:
    from servers import Database

PEOPLE = """
    CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, age int CHECK (age < 200), name text NOT NULL);
    INSERT INTO person VALUES (1, 'one', 1, 'a')
"""
REJECTING = Table(on_error="reject")


async def ids(database: Database, table: str = "person") -> list[int]:
    return [row["id"] for row in await database.afetch(f"SELECT id FROM {table} ORDER BY id")]
