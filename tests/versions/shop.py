"""Owns the demo's shop as a source on servers of any version, and what copies of it are compared by: the servers' text.

The shop is a twentieth of the demo's: its rows are made by numbers in its script, which are divided here.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servers import Database

#: Per table the number of rows and the sum of 60 bits of each row's MD5, all columns as text.
Digests = dict[str, tuple[int, str]]

DIVISOR = 20
_COUNTS = re.compile(r"\b(60000|50000|25000|20000|15000|12000|10000|8000|6000)(?=[,) ])")
_ORDERS_A_DAY = re.compile(r"/ 125\b")
_COLUMNS = """
    SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attname) AS columns
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY c.oid
"""
_DIGEST = """
    SELECT {label} AS table, count(*) AS rows, sum(('x' || left(md5(t::text), 15))::bit(60)::int8)::text AS digest
      FROM (SELECT {columns} FROM ONLY {table}) AS t
"""
#: Every object, one a line. NOT NULL is a column's here: from version 18 on it is a constraint of its own as well.
_DEFINITIONS = """
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'shop'
    UNION ALL SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'shop'::regnamespace AND contype <> 'n' AND conparentid = 0
    UNION ALL SELECT 'column ' || attrelid::regclass::text || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                     || CASE WHEN attnotnull THEN ' not null ' ELSE ' ' END || attgenerated::text || attidentity::text
                FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
               WHERE c.relnamespace = 'shop'::regnamespace AND attnum > 0 AND NOT attisdropped
                 AND c.relkind IN ('r', 'p', 'v', 'm', 'c', 'f')
    UNION ALL SELECT 'trigger ' || tgrelid::regclass::text || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || proname || ' ' || md5(prosrc) FROM pg_proc
               WHERE pronamespace = 'shop'::regnamespace
    UNION ALL SELECT 'policy ' || policyname || ' ' || tablename FROM pg_policies
    UNION ALL SELECT 'sequence ' || sequencename || ' ' || coalesce(last_value::text, 'unused')
                FROM pg_sequences WHERE schemaname = 'shop'
    ORDER BY 1
"""


def make_shop(database: Database) -> None:
    script = files("pgsluice.demo").joinpath("shop.sql").read_text(encoding="utf-8")
    script, divided = _COUNTS.subn(lambda found: str(int(found[1]) // DIVISOR), script)
    script, days = _ORDERS_A_DAY.subn("/ 6", script)
    assert (divided > 15, days > 3) == (True, True), "the shop's script counts its rows in another way now"
    database.execute(script)


def rules() -> str:
    return files("pgsluice.demo").joinpath("rules.toml").read_text(encoding="utf-8")


def digests(database: Database, *, only_kept: bool = False) -> Digests:
    """Digest every table: all its columns, or those that the rules keep by their names."""
    statements = []
    for table, columns in database.fetch(_COLUMNS):
        chosen = [name for name in columns if not only_kept or (table, name) in _kept()]
        texts = ", ".join(f"{_quoted(name)}::text" for name in chosen) or "1"
        statements.append(_DIGEST.format(label=f"'{table}'", columns=texts, table=f"shop.{_quoted(table)}"))
    rows = database.fetch(" UNION ALL ".join(statements))
    return {row["table"]: (row["rows"], row["digest"]) for row in rows}


def definitions(database: Database) -> list[str]:
    """Give every object as the server spells it."""
    return [row[0] for row in database.fetch(_DEFINITIONS)]


@cache
def _kept() -> frozenset[tuple[str, str]]:
    return frozenset(
        (label.removeprefix("shop."), column)
        for label, table in tomllib.loads(rules())["tables"].items()
        for column, rule in table.get("columns", {}).items()
        if rule == "keep" or (isinstance(rule, dict) and rule.get("mask") == "keep")
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
