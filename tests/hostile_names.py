"""Names that break what puts them into SQL, JSON, TOML or a terminal without quoting; servers take them all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servers import Database

NAMES = [
    '"', "'", "''", '""', ";DROP TABLE x;--", "line\nfeed", "tab\t", "back\\slash", "%s%d%(x)s", "{0}{x!r}", "$1",
    "n" * 63, "ü" * 31, "\u202egnp.txt", "🐘\u200d", "a.b", '"a"."b"', "*/ x /*", " blank ", "SELECT",
]  # fmt: skip


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def toml(name: str) -> str:
    """A TOML key: the string's JSON form is one."""
    return json.dumps(name, ensure_ascii=False)


def make(database: Database) -> None:
    """Each name as schema, table, column, domain, enum label, constraint, index and sequence; all of its own text."""
    database.execute("CREATE SCHEMA types")
    for number, name in enumerate(NAMES):
        q = quoted(name)
        database.execute(
            f"""CREATE SCHEMA {q}; CREATE DOMAIN types.{q} AS text; CREATE TYPE {q}.e AS ENUM ({literal(name)});
                CREATE TABLE {q}.{q} ({q} int PRIMARY KEY, other types.{q}, e {q}.e, secret text,
                                       CONSTRAINT {q} CHECK (true));
                CREATE TABLE {q}.child ({q} int REFERENCES {q}.{q}, id int GENERATED ALWAYS AS IDENTITY);
                INSERT INTO {q}.{q} VALUES (-1, '', NULL, NULL),
                    ({number}, {literal(name)}, {literal(name)}, 'secret');
                INSERT INTO {q}.child VALUES ({number}), (NULL)"""
        )


def literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
