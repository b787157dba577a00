"""Every type of the server, kept: what arrives is what was there, seen by text and by the servers' own binary."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from copy_samples import BINARY, DEFINITIONS, EXTENSIONS, TEXT, WITHOUT_VALUES

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

Columns = list[tuple[str, str, list[str]]]


def table_of(name: str, columns: Columns) -> str:
    """The statements that make a table and fill it: row n has each column's value n, the last one NULLs alone."""
    rows = max(len(values) for _, _, values in columns)
    lines = ", ".join(f"{column} {kind}" for column, kind, _ in columns)
    statements = [f"CREATE TABLE {name} (id int PRIMARY KEY, {lines})"]
    for row in range(rows):
        values = ", ".join(f"({values[row]})::{kind}" if row < len(values) else "NULL" for _, kind, values in columns)
        statements.append(f"INSERT INTO {name} VALUES ({row}, {values})")
    return ";\n".join([*statements, f"INSERT INTO {name} (id) VALUES ({rows})"])


def make_source(source: Database) -> None:
    source.execute("".join(f"CREATE EXTENSION {name};" for name in EXTENSIONS) + "SET isn.weak = on")
    # Types are numbered differently on the target, or this would prove nothing about numbers inside of values.
    source.execute(";".join(f"CREATE TYPE burnt_{n} AS ENUM ()" for n in range(50)))
    source.execute(";".join(f"DROP TYPE burnt_{n}" for n in range(50)))
    source.execute(DEFINITIONS)
    source.execute(table_of("everything", BINARY))
    source.execute(table_of("by_name", TEXT))
    source.execute(table_of("everything_as_text", [*BINARY, ("forcing", "aclitem", ["'=r/postgres'"])]))


def texts(database: Database, table: str, columns: list[str]) -> dict[str, list[str | None]]:
    """Each column's values as the server writes them."""
    fields = ", ".join(f"{column}::text" for column in columns)
    rows = database.fetch(f"SELECT {fields} FROM {table} ORDER BY id")
    return {column: [row[column] for row in rows] for column in columns}


def binary(database: Database, table: str, column: str) -> bytes:
    """A column's values as binary COPY gives them, read by the driver and not by pgsluice."""
    chunks: list[bytes] = []

    async def collect(chunk: bytes) -> None:
        chunks.append(chunk)

    async def read() -> None:
        connection = await database.connect()
        try:
            await connection.copy_from_query(
                f"SELECT {column} FROM {table} ORDER BY id", output=collect, format="binary"
            )
        finally:
            await connection.close()

    asyncio.run(read())
    return b"".join(chunks)


def test_samples_name_every_type_of_the_server(source_db: Database) -> None:
    source_db.execute("".join(f"CREATE EXTENSION {name};" for name in EXTENSIONS))

    found = {
        row["typname"]
        for row in source_db.fetch(
            """SELECT t.typname FROM pg_type AS t WHERE t.typtype IN ('b', 'r', 'm') AND t.typcategory <> 'A'
                AND t.typnamespace IN ('pg_catalog'::regnamespace, 'public'::regnamespace)
             UNION SELECT unnest(ARRAY['int2vector', 'oidvector'])"""
        )
    }

    names = {re.sub(r'[("].*?[)"]|\[\]', "", kind).strip() for _, kind, _ in BINARY + TEXT}
    words = {"interval year to month": "interval"}
    assert found - {words.get(name, name) for name in names} - {"char"} == WITHOUT_VALUES


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_every_type_kept_is_equal(shell: Shell, extract: str) -> None:
    make_source(shell.source)

    ended = shell.copy(KEEP, f"--extract={extract}", "--batch-rows=2", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    formats = {table["table"]: table["format"] for table in ended.data["tables"]}
    assert formats == {
        "public.everything": "binary",
        "public.by_name": "text",
        "public.everything_as_text": "text",
    }
    for table, samples in (("everything", BINARY), ("by_name", TEXT), ("everything_as_text", BINARY)):
        columns = ["id", *(column for column, _, _ in samples)]
        assert texts(shell.source, table, columns) == texts(shell.target, table, columns)
    numbers = "SELECT array_agg(t::regtype::oid) FROM unnest(ARRAY['mood', 'pair', 'mood[]', 'hstore']) AS t"
    assert shell.source.value(numbers) != shell.target.value(numbers)
    # Arrays and composites of types that are the database's own hold their numbers; all others must be equal.
    columns = [name for name, kind, _ in BINARY if not re.match(r"pair|deep|percents|(mood|moody|citext)\[", kind)]
    for table in ("everything", "everything_as_text"):
        for column in columns:
            assert binary(shell.source, table, column) == binary(shell.target, table, column), (table, column)
