"""Compares two databases by a second way, on the servers and without pgsluice: rows by EXCEPT ALL, definitions as sets.

A third database, the referee, reads both through dblink and holds their rows against each other as text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from servers import Database

DEFINITIONS = Path(__file__).parent / "definitions"
#: What a plain copy carries: everything but owners and rights.
KINDS = frozenset(path.stem for path in DEFINITIONS.glob("*.sql")) - {"rights"}
# One statement of the referee asks for so many columns at most: a thousand small tables are then a few statements.
COLUMNS_MAX = 3000
SHOWN_MAX = 600

_RELATIONS = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispopulated AS is_filled,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid = 'xml'::regtype) AS xml_columns
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm', 'S') AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', '_pgsluice') AND n.nspname !~ '^pg_temp_'
 ORDER BY 1, 2
"""
_DIFFERENT_ROWS = """
SELECT relation, sum(missing)::int8 AS missing, sum(extra)::int8 AS extra FROM (
    SELECT relation, 1 AS missing, 0 AS extra
      FROM (SELECT * FROM source_rows EXCEPT ALL SELECT * FROM target_rows) AS m (relation, content)
    UNION ALL
    SELECT relation, 0, 1 FROM (SELECT * FROM target_rows EXCEPT ALL SELECT * FROM source_rows) AS e (relation, content)
) AS d GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Part:
    """A relation of which rows are compared, and the columns that are."""

    schema: str
    name: str
    columns: tuple[str, ...]
    # What is stored begins with a declaration of the encoding, which no server sends on: only the cast shows it.
    xml_columns: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def statement(self) -> str:
        """Its rows, each as one text in which no two different rows look alike."""
        fields = ", ".join(
            f"textin(xml_out({_quoted(column)}))" if column in self.xml_columns else f"{_quoted(column)}::text"
            for column in self.columns
        )
        label = "'" + self.label.replace("'", "''") + "'"
        return f"SELECT {label}, ARRAY[{fields}]::text[]::text FROM ONLY {_quoted(self.schema)}.{_quoted(self.name)}"


async def definition_differences(source: Database, target: Database, *, kinds: Collection[str] = KINDS) -> list[str]:
    """What only one of them has, and what they define differently, one line each."""
    found = []
    for kind in sorted(kinds):
        statement = (DEFINITIONS / f"{kind}.sql").read_text()
        own, other = [await _definitions(database, statement) for database in (source, target)]
        found += [f"{kind}: missing: {name}" for name in sorted(own.keys() - other.keys())]
        found += [f"{kind}: extra: {name}" for name in sorted(other.keys() - own.keys())]
        found += [
            f"{kind}: different: {name}\n  {own[name][:SHOWN_MAX]}\n  {other[name][:SHOWN_MAX]}"
            for name in sorted(own.keys() & other.keys())
            if own[name] != other[name]
        ]
    return found


async def _definitions(database: Database, statement: str) -> dict[str, str]:
    connection = await database.connect(server_settings={"search_path": "pg_catalog"})
    try:
        rows = await connection.fetch(statement)
    finally:
        await connection.close()
    definitions: dict[str, str] = {}
    for row in rows:
        assert row["name"] is not None
        # Objects without a name of their own may be there twice.
        definitions[row["name"]] = definitions.get(row["name"], "") + (row["definition"] or "")
    return definitions


async def row_differences(
    source: Database,
    target: Database,
    referee: Database,
    *,
    masked: Mapping[str, Collection[str]] | None = None,
    left_out: Collection[str] = (),
) -> list[str]:
    """Relations whose rows differ outside of the `masked` columns, with counts; sequences and filled views included.

    Those `left_out` must be empty on the target. Relations that only one side has show in `definition_differences`.
    """
    parts = await _parts(source, masked or {}, left_out)
    there = {part.label for part in await _parts(target, {}, ())}
    parts = [part for part in parts if part.label in there]
    connection = await referee.connect()
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS dblink")
        for name, database in (("source", source), ("target", target)):
            options = "options='-c search_path=pg_catalog -c row_security=on'"
            await connection.execute("SELECT dblink_connect($1, $2)", name, f"{_connection_string(database)} {options}")
        found = []
        for group in _groups(parts):
            found += await _different_rows(connection, group)
        for label in left_out:
            (count,) = await target.afetch(f"SELECT count(*) FROM ONLY {label}")
            found += [f"{label}: was left out and has rows"] if count[0] else []
    finally:
        await connection.close()
    return found


async def row_count(source: Database) -> int:
    """How many rows there are to compare: nothing is proved by two empty databases."""
    parts = await _parts(source, {}, ())
    statement = " UNION ALL ".join(
        f"SELECT count(*) AS n FROM ONLY {_quoted(p.schema)}.{_quoted(p.name)}" for p in parts
    )
    return int(await source.avalue(f"SELECT sum(n) FROM ({statement}) AS counts"))


async def _parts(database: Database, masked: Mapping[str, Collection[str]], left_out: Collection[str]) -> list[Part]:
    rows = await database.afetch(_RELATIONS)
    parts = []
    for row in rows:
        label = f"{row['schema']}.{row['name']}"
        if label in left_out or not row["is_filled"]:
            continue
        columns = ["last_value", "is_called"] if row["kind"] == "S" else row["columns"]
        kept = tuple(column for column in columns if column not in masked.get(label, ()))
        parts.append(Part(row["schema"], row["name"], kept, frozenset(row["xml_columns"])))
    return parts


def _groups(parts: list[Part]) -> list[list[Part]]:
    groups: list[list[Part]] = [[]]
    width = 0
    for part in parts:
        if width > COLUMNS_MAX:
            groups.append([])
            width = 0
        groups[-1].append(part)
        width += len(part.columns)
    return groups


async def _different_rows(connection: asyncpg.Connection[Any], parts: list[Part]) -> list[str]:
    statement = " UNION ALL ".join(part.statement for part in parts)
    for name in ("source", "target"):
        await connection.execute(f"CREATE TEMPORARY TABLE {name}_rows (relation text, content text)")
        await connection.execute(
            f"INSERT INTO {name}_rows SELECT * FROM dblink('{name}', $1) AS r (relation text, content text)", statement
        )
    rows = await connection.fetch(_DIFFERENT_ROWS)
    await connection.execute("DROP TABLE source_rows, target_rows")
    return [f"{row['relation']}: {row['missing']} rows are missing, {row['extra']} are too many" for row in rows]


def _connection_string(database: Database) -> str:
    """The database's address in libpq's keyword form, to which options can be added."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(database.dsn)
    return (
        f"host={parts.hostname} port={parts.port} user={parts.username} "
        f"password={unquote(parts.password or '')} dbname={database.name}"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
