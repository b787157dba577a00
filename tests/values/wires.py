"""Owns the way of a value through the encoder to a real server, by COPY and by unnest, and what is there then."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from pgsluice._core import HEADER, TRAILER, RowEncoder
from pgsluice.catalog.read import statement
from pgsluice.catalog.types import read_types
from pgsluice.catalog.wire_types import WireType, array_input, has_binary_input, wire_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from pgsluice._core import Rows

#: Type, value, and a literal that means the same.
Case: TypeAlias = tuple[str, object, str]
TEXT_ARRAY_OID = 1009  # pg_type.dat


async def column_wires(connection: asyncpg.Connection, table: str) -> list[tuple[str, WireType]]:
    """The columns of a table with their types, as the product describes them."""
    oid = await connection.fetchval("SELECT $1::text::regclass::oid", table)
    types = read_types(await connection.fetch(statement("types"), [oid]))
    return [
        (row["name"], wire_type(types, row["type_oid"], row["type_modifier"], row["type_display"]))
        for row in await connection.fetch(statement("columns"), [oid])
    ]


def encoder(columns: Sequence[tuple[str, WireType]], *, is_copy: bool = True) -> RowEncoder:
    """An encoder for COPY, or for unnest with text where binary does not go."""
    specs = [
        {
            "name": name,
            "form": "binary" if is_copy or has_binary_input(wire) else "text",
            "is_not_null": False,
            "type": wire.spec,
        }
        for name, wire in columns
    ]
    return RowEncoder(json.dumps(specs))


def encoded(encoder: RowEncoder, values: Sequence[object]) -> Rows:
    """One row of each value; none may be refused."""
    rows, faults = encoder.encode_tuples([(value,) for value in values], 0)
    assert faults == []
    return rows


async def copy(connection: asyncpg.Connection, table: str, rows: Rows) -> None:
    """Send rows by COPY."""
    pieces = b"".join(rows.piece(ordinal) for ordinal in range(rows.piece_count))
    await connection.copy_to_table(table, source=io.BytesIO(HEADER + pieces + TRAILER), format="binary")


async def unnest(
    connection: asyncpg.Connection, table: str, columns: Sequence[tuple[str, WireType]], rows: Rows
) -> None:
    """Send rows as one array a column."""
    names, parameters, selected = [], [], []
    for ordinal, (name, wire) in enumerate(columns):
        is_binary = has_binary_input(wire)
        array, oid = array_input(wire) if is_binary else ("text[]", TEXT_ARRAY_OID)
        send_as_is(connection, oid)
        parameters.append(f"${ordinal + 1}::{array}")
        names.append(f'"{name}"')
        selected.append(f"c{ordinal}" if is_binary else f"c{ordinal}::{wire.display}")
    aliases = ", ".join(f"c{ordinal}" for ordinal in range(len(columns)))
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(selected)}"
        f" FROM unnest({', '.join(parameters)}) AS u ({aliases})",
        *(rows.array(ordinal) for ordinal in range(len(columns))),
    )


def send_as_is(connection: asyncpg.Connection, oid: int) -> None:
    """Let parameters of a type through as the bytes they are."""
    settings: Any = connection._protocol.get_settings()

    def as_is(value: bytes) -> bytes:
        return value

    settings.add_python_codec(oid, str(oid), "pg_catalog", [], "scalar", as_is, as_is, "binary")


async def found_wrong(connection: asyncpg.Connection, cases: Sequence[Case], *, is_copied: bool = True) -> list[object]:
    """The cases that the server shows in another way than their literals."""
    wrong: list[object] = []
    for number, (name, value, literal) in enumerate(cases):
        table = f"t{number}"
        await connection.execute(f"CREATE TABLE {table} (v {name})")
        columns = await column_wires(connection, table)
        if is_copied:
            await copy(connection, table, encoded(encoder(columns), [value, None]))
        await unnest(connection, table, columns, encoded(encoder(columns, is_copy=False), [value, None]))
        found = await connection.fetch(
            f"SELECT v::text AS found, $1::text::{name}::text AS expected FROM {table}", literal
        )
        expected = found[0]["expected"]
        if [row["found"] for row in found] != [expected, None] * (1 + is_copied):
            wrong.append((name, value, literal, found))
    return wrong
