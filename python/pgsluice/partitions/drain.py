"""Moves rows out of a default partition, inside of the transaction that makes the partition they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.partitions.model import Partition, Partitioned
from pgsluice.partitions.refusal import PartitionsError

if TYPE_CHECKING:
    from pgsluice.partitions.make import Made

# 32 MiB at once: the server keeps what a statement moves aside, and spills it to its disk beyond work_mem.
PAGES_AT_ONCE = 4096

_COLUMNS = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
# Row triggers on DELETE that would fire: tgtype is 1 for each row, 8 for DELETE.
_TRIGGERS = """
    SELECT t.tgname, t.tgenabled::text AS enabled FROM pg_trigger AS t
      JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND NOT t.tgisinternal AND t.tgtype & 8 <> 0
       AND t.tgenabled IN ('O', 'A')
"""
_PAGES = """
    SELECT pg_relation_size(c.oid) / current_setting('block_size')::int
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2
"""


async def has_rows(connection: Connection, table: Partitioned, made: Made) -> bool:
    """Whether the default partition holds rows of a range."""
    default = _default(table)
    sql = f"SELECT EXISTS (SELECT FROM {qualified(default.schema, default.name)} WHERE {within(table, made)})"  # noqa: S608 - quoted names
    return bool(await connection.fetch_value(sql, doing=f"looking into the default partition of {table}"))


def forbid_drain(table: Partitioned) -> None:
    """Raise PartitionsError where rows cannot leave the default partition for a moment, as moving them needs."""
    if table.referenced_by:
        raise PartitionsError(
            f"cannot move rows out of the default partition of {table}: foreign keys refer to them",
            detail="\n".join(table.referenced_by),
            hint="Drop the foreign key, make the partition, and add it again.",
        )


async def move_rows(connection: Connection, table: Partitioned, made: Made) -> int:
    """Move the rows of a range from the default partition into a table; give their number.

    Until the transaction ends, others read the default partition as it was, and nobody writes to it. A row that waits
    to be written to it is refused by the server with 23514 afterwards: its partition is another one now.
    Triggers on DELETE do not fire: to the users of the table no row goes away.
    """
    default, doing = _default(table), f"moving rows out of the default partition of {table}"
    where = qualified(default.schema, default.name)
    await connection.execute(f"LOCK TABLE {where} IN SHARE ROW EXCLUSIVE MODE", doing=doing)
    triggers = await connection.fetch(_TRIGGERS, default.schema, default.name, doing=doing)
    for trigger in triggers:
        await connection.define(f"ALTER TABLE {where} DISABLE TRIGGER {quoted(trigger['tgname'])}", doing=doing)
    rows = await _move(connection, table, made, doing)
    for trigger in triggers:
        always = "ALWAYS " if trigger["enabled"] == "A" else ""
        await connection.define(f"ALTER TABLE {where} ENABLE {always}TRIGGER {quoted(trigger['tgname'])}", doing=doing)
    return rows


async def _move(connection: Connection, table: Partitioned, made: Made, doing: str) -> int:
    default = _default(table)
    names = await connection.fetch(_COLUMNS, table.oid, doing=doing)
    columns = ", ".join(quoted(row["attname"]) for row in names)
    # Rows of a default partition that is itself partitioned have no one order of places.
    pages = (
        None if default.kind == "p" else await connection.fetch_value(_PAGES, default.schema, default.name, doing=doing)
    )
    from_where, into = qualified(default.schema, default.name), qualified(made.schema, made.name)
    condition = within(table, made) + ("" if pages is None else " AND ctid >= $1::tid AND ctid < $2::tid")
    sql = f"""
        WITH gone AS (DELETE FROM {from_where} WHERE {condition} RETURNING {columns}),
             moved AS (INSERT INTO {into} ({columns}) SELECT {columns} FROM gone RETURNING 1)
        SELECT count(*) FROM moved
    """  # noqa: S608 - quoted names, and bounds that the room itself writes
    if pages is None:
        return int(await connection.fetch_value(sql, doing=doing))
    rows = 0
    for page in range(0, pages, PAGES_AT_ONCE):
        places = (page, 0), (page + PAGES_AT_ONCE, 0)
        rows += int(await connection.fetch_value(sql, *places, doing=doing))
    return rows


def within(table: Partitioned, made: Made) -> str:
    """Give the condition that a row of the table is in a range."""
    key = quoted(table.key)
    bounds = ((">=", made.lower), ("<", made.upper))
    parts = [f"{key} {sign} {bound}" for sign, bound in bounds if bound not in {"MINVALUE", "MAXVALUE"}]
    return " AND ".join([f"{key} IS NOT NULL", *parts])


def _default(table: Partitioned) -> Partition:
    if table.default is None:
        raise ValueError("there is no default partition")
    return table.default
