"""Owns the SELECT of some rows of a table, by key, without a literal in the statement."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.sources.model import KeyRange, SourceField, SourceKey, SourceTable


async def name_range(connection: Connection, key: SourceKey, rows: KeyRange) -> None:
    """Tell the session the bounds that `select_rows` refers to."""
    for bound, value in (("after", rows.after), ("until", rows.until)):
        if value is not None:
            fields = [field for field in value.fields() if field is not None]
            names = [f"pgsluice.{bound}_{ordinal}" for ordinal in range(len(fields))]
            await connection.set_from_binary(names, key.types, fields)


def select_rows(table: SourceTable, rows: KeyRange, row_limit: int, *, is_sent: bool = False) -> str:
    """Write the SELECT of a range; with `is_sent` each field is given as its send format, a bytea."""
    sql = select_table(table.schema, table.name, table.fields, is_sent=is_sent)
    conditions = [
        _condition(table.key, bound, sign)
        for bound, sign, value in (("after", ">", rows.after), ("until", "<=", rows.until))
        if value is not None
    ]
    if conditions:
        sql += " WHERE " + " AND ".join(conditions)
    if table.key.kind != "ctid":  # A scan by ctid comes in that order anyway.
        sql += " ORDER BY " + ", ".join(f"t.{quoted(name)}" for name in table.key.columns)
    return f"{sql} LIMIT {row_limit}"


def select_table(schema: str, name: str, fields: Sequence[SourceField], *, is_sent: bool = False) -> str:
    """Write the SELECT of all rows of a table, not those of tables that inherit from it."""
    listed = ", ".join(_field(field, is_sent=is_sent) for field in fields)
    return f"SELECT {listed} FROM ONLY {qualified(schema, name)} AS t"  # noqa: S608 - all names are quoted


def _field(field: SourceField, *, is_sent: bool) -> str:
    column = f"t.{quoted(field.column)}"
    if field.form == "null":
        return "NULL::bytea"
    # True for a row of NULLs too, which IS NOT NULL would not be.
    is_there = f"{column} IS DISTINCT FROM NULL"
    if field.form == "text":
        # What the output function gives, as pg_dump has it: a cast would drop blanks of bpchar, and may be a
        # function of somebody's own.
        text = f"CASE WHEN {is_there} THEN concat({column}) END"
        return f"textsend({text})" if is_sent else text
    return sent_field(column) if is_sent else column


def sent_field(column: str) -> str:
    """Write the send format of a column as an expression; NULL for NULL.

    A row of one field: its count, type and length take 12 bytes. Send functions called by name would have to be found
    for domains and for types that share one.
    """
    return f"CASE WHEN {column} IS DISTINCT FROM NULL THEN substr(record_send(ROW({column})), 13) END"


def _condition(key: SourceKey, bound: str, sign: str) -> str:
    columns = ", ".join(f"t.{quoted(name)}" for name in key.columns)
    values = ", ".join(
        f"current_setting('pgsluice.{bound}_{ordinal}')::{qualified(schema, name)}"
        for ordinal, (schema, name) in enumerate(key.types)
    )
    operator = f"OPERATOR({quoted(key.operator_schema)}.{sign})"
    return f"ROW({columns}) {operator} ROW({values})" if len(key.columns) > 1 else f"{columns} {operator} {values}"
