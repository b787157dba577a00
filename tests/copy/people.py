"""A table with a column for each of many masks, and what the oracle says the masks make of its rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commands import KEY
from oracle.column import ColumnType
from oracle.registry import mask

if TYPE_CHECKING:
    from servers import Database


@dataclass(frozen=True)
class Masked:
    """A column, its rule, and how the rule's subkey is named."""

    name: str
    declared: str
    values: str  # SQL over n, the row's number
    mask: str
    kind: ColumnType
    parameters: dict[str, Any] = field(default_factory=dict)
    is_own_domain: bool = False

    @property
    def domain(self) -> str:
        return f"column public.people.{self.name}" if self.is_own_domain else f"domain {self.mask}"

    @property
    def rule(self) -> str:
        words = "".join(f", {name} = {json.dumps(value)}" for name, value in self.parameters.items())
        return f'{self.name} = {{ mask = "{self.mask}"{words} }}'

    def expected(self, value: bytes | None, row: dict[str, bytes | None]) -> bytes | None:
        """What the oracle makes of a value in send format."""
        if value is None:
            return None
        return mask(self.mask, KEY, self.domain, value, parameters=self.parameters, column=self.kind, row=row)


TEXT = ColumnType("text")
MONEY = ColumnType("numeric", numeric_precision=10, numeric_scale=2)
HOSTILE = (
    r"""(ARRAY['', ' ', E'tab\t', E'nl\n', E'cr\r', E'\\', E'\\N', E'\\.', E'"q"', 'ünï 🐘', '%s{0}$1'])[1 + n % 11]"""
)

#: One row in seven has NULL, one in five the value of another row.
PEOPLE = [
    Masked("email", "varchar(60) UNIQUE", "'p' || n || '@mail.example'", "email", ColumnType("varchar", chars_max=60)),
    Masked("phone", "text", "'+49 30 ' || (1000000 + n % 5)", "phone", TEXT, {"keep_last": 2}),
    Masked("card", "text", "'4111 1111 1111 ' || to_char(n % 900, 'FM0000')", "card", TEXT),
    Masked("iban", "varchar(34)", "'DE89 3704 0044 0532 0130 00'", "iban", ColumnType("varchar", chars_max=34)),
    Masked("code", "char(8)", "to_char(n % 300, 'FM0000') || 'x'", "digits", ColumnType("bpchar", chars_max=8)),
    Masked("note", "text", HOSTILE, "text", TEXT),
    Masked("secret", "text", HOSTILE, "hash", TEXT, {"length": 40}),
    Masked("raw", "bytea", f"convert_to({HOSTILE}, 'UTF8')", "hash", ColumnType("bytea")),
    Masked("token", "varchar(20)", "'t' || n % 11", "token", ColumnType("varchar", chars_max=20), is_own_domain=True),
    Masked("site", "text", "'https://intern.example/' || n", "url", TEXT, {"host": "example.org"}),
    Masked("account", "text", "'AB-' || (100000000 + n)", "fpe", TEXT, {"alphabet": "digits"}),
    Masked("handle", "citext", "'NaMe' || n % 9", "hash", ColumnType("citext")),
    Masked("nick", "nickname", "'nick' || n % 9", "hash", ColumnType("varchar", chars_max=12)),
    Masked("uid", "uuid", "md5(n::text)::uuid", "uuid", ColumnType("uuid"), is_own_domain=True),
    Masked("number", "int4", "n - 500", "key", ColumnType("int4"), is_own_domain=True),
    Masked("address", "inet", "'10.0.0.0'::inet + n", "ip", ColumnType("inet")),
    Masked("device", "macaddr", "('08002b:' || to_char(n % 90, 'FM000000'))::macaddr", "mac", ColumnType("macaddr")),
    Masked("day", "date", "date '2000-01-01' + n", "truncate-date", ColumnType("date"), {"to": "month"}),
    Masked("born", "date", "date '1970-01-01' + n", "shift-date", ColumnType("date"), {"days": 30, "per": "id"}),
    Masked("pay", "numeric(10,2)", "n * 1.25", "noise", MONEY, {"ratio": 0.1}),
    Masked("age", "int2", "n % 90", "bucket", ColumnType("int2"), {"width": 10}),
]  # fmt: skip

RULES = "\n".join(
    [
        '[tables."public.people".columns]',
        'id = "keep"',
        'tags = "hash"',
        *(column.rule for column in PEOPLE),
        '[tables."public.friends".columns]',
        'n = "keep"',
        "",
    ]
)


def make_people(database: Database, rows: int, *, extra: str = "") -> None:
    """Make and fill the tables; `extra` is one more column, with its comma."""
    declared = ", ".join(f"{column.name} {column.declared}" for column in PEOPLE)
    values = ", ".join(f"CASE WHEN n % 7 <> {at % 7} THEN {column.values} END" for at, column in enumerate(PEOPLE))
    database.execute("CREATE EXTENSION citext; CREATE DOMAIN nickname AS varchar(12) CHECK (VALUE <> '')")
    database.execute(f"CREATE TABLE people (id int8 PRIMARY KEY, {declared}, tags text[]{extra})")
    database.execute(
        f"""INSERT INTO people SELECT n, {values}, ARRAY['t' || n % 5, NULL, {HOSTILE}]
              FROM generate_series(1, {rows}) AS n"""
    )
    database.execute(
        """CREATE TABLE friends (n int PRIMARY KEY, email varchar(60) REFERENCES people (email));
           INSERT INTO friends SELECT id, email FROM people WHERE id % 3 = 0; ANALYZE"""
    )


def sent(column: str) -> str:
    """SQL for a column's send format, whatever its type."""
    return f"CASE WHEN {column} IS NOT NULL THEN substr(record_send(ROW({column})), 13) END AS {column}"


def read_people(database: Database) -> dict[int, dict[str, Any]]:
    """The rows by id, in send format; arrays as lists of text."""
    fields = ", ".join(sent(column.name) for column in PEOPLE)
    rows = database.fetch(f"SELECT id, tags, int8send(id) AS key, {fields} FROM people")
    return {row["id"]: dict(row) for row in rows}


def expected_people(source: Database, *, every: int = 1) -> dict[int, dict[str, Any]]:
    """The rows that a masked copy must hold; of all but every so many only that they are there.

    The oracle is plain Python and takes 2 ms a row.
    """
    rows = read_people(source)
    for number, row in rows.items():
        if number % every:
            row.clear()
            continue
        per = {"id": row["key"]}
        for column in PEOPLE:
            value = row[column.name]
            if value is not None and column.kind.name == "bpchar":
                value = value.rstrip(b" ")
            if value is not None and column.kind.name == "citext":
                value = value.decode().lower().encode()
            masked = column.expected(value, per)
            if masked is not None and column.kind.name == "bpchar":
                masked = masked.ljust(8)
            row[column.name] = masked
        row["tags"] = [
            None if tag is None else mask("hash", KEY, "domain hash", tag.encode(), column=TEXT).decode()
            for tag in row["tags"]
        ]
    return rows


def differences(expected: dict[int, dict[str, Any]], found: dict[int, dict[str, Any]]) -> dict[str, list[Any]]:
    """The columns that differ, each with a first example."""
    wrong: dict[str, list[Any]] = {}
    if expected.keys() != found.keys():
        wrong["rows"] = [len(expected), len(found)]
    for number in expected.keys() & found.keys():
        for column, value in expected[number].items():
            if value != found[number][column]:
                wrong.setdefault(column, [number, value, found[number][column]])
    return wrong
