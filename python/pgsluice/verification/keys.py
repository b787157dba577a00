"""Counts on the target what the source's keys promise: unique keys without doubles, references that lead somewhere."""

from __future__ import annotations

from typing import Any

from pgsluice.catalog.model import Catalog, Relation, UniqueIndex
from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.plan.model import TablePlan
from pgsluice.verification.report import ForeignKeyReport, UniqueReport
from pgsluice.verification.sides import Side

_DOUBLES = """SELECT count(*) FROM (SELECT FROM ONLY {table} AS t WHERE {filled}
               GROUP BY {columns} HAVING count(*) > 1) AS doubles"""
# A row that refers to none: parts of a key that are NULL refer to nothing, unless the key is MATCH FULL.
_DANGLING = """SELECT count(*) FROM {only}{table} AS c WHERE ({filled}
                  AND NOT EXISTS (SELECT FROM {referenced_only}{referenced} AS p WHERE {equal})){mixed}"""


async def count_doubles(target: Side, table: TablePlan) -> list[UniqueReport]:
    """Report on every unique key of a table; those that an index of the target holds are not counted."""
    there = target.catalog.by_label[table.label]
    found = []
    for index in dict.fromkeys((index.columns, index.is_primary) for index in _unique(table.relation)):
        columns, is_primary = index
        is_enforced = any(set(other.columns) == set(columns) for other in _unique(there))
        is_here = set(columns) <= set(there.column_by_name)
        doubles = 0 if is_enforced or not is_here else await _count_doubles(target, table, columns)
        found.append(UniqueReport(table.label, columns, is_primary, is_enforced, doubles))
    return found


def _unique(relation: Relation) -> list[UniqueIndex]:
    return [index for index in relation.unique_indexes if not index.is_partial]


async def _count_doubles(target: Side, table: TablePlan, columns: tuple[str, ...]) -> int:
    names = [f"t.{quoted(name)}" for name in columns]
    sql = _DOUBLES.format(
        table=qualified(table.target_schema, table.target_table),
        filled=" AND ".join(f"{name} IS DISTINCT FROM NULL" for name in names),
        columns=", ".join(names),
    )
    async with target.session() as connection:
        return int(await connection.fetch_value(sql, doing=f'counting doubles in table "{table.label}"'))


async def read_references(source: Side, relations: set[int]) -> list[Any]:
    """Read the foreign keys of some relations of the source."""
    async with source.session() as connection:
        rows = await connection.fetch(statement("references"), doing="reading the foreign keys")
    return [row for row in rows if row["relation_oid"] in relations]


async def count_dangling(source: Side, target: Side, row: Any, empty: set[int]) -> ForeignKeyReport:
    """Count the rows of the target that refer to none; `empty` are tables that the rules bring no rows of."""
    label, referenced = f"{row['schema']}.{row['table']}", f"{row['referenced_schema']}.{row['referenced_table']}"
    reason = _why_not(row, target.catalog, label, referenced, empty)
    if reason is not None:
        return ForeignKeyReport(label, row["name"], referenced, None, reason=reason)
    sql = _dangling_sql(row)
    async with target.session() as connection:
        dangling = await _count(connection, sql, label)
    dangling_source = 0
    if dangling:  # A key that is NOT VALID may dangle on the source too.
        async with source.session() as connection:
            dangling_source = await _count(connection, sql, label)
    return ForeignKeyReport(label, row["name"], referenced, dangling, dangling_source)


def _why_not(row: Any, target: Catalog, label: str, referenced: str, empty: set[int]) -> str | None:
    own, other = target.by_label.get(label), target.by_label.get(referenced)
    if own is None or other is None:
        return f'the target has no table "{label if own is None else referenced}"'
    if not set(row["columns"]) <= set(own.column_by_name):
        return "the target lacks a column of it"
    if not set(row["referenced_columns"]) <= set(other.column_by_name):
        return "the target lacks a column that it refers to"
    if row["referenced_oid"] in empty:
        return "the rows that it refers to are not copied"
    if not (own.may_select and other.may_select):
        return f'the role may not read table "{referenced if own.may_select else label}"'
    return "it compares periods" if row["has_period"] else None


def _dangling_sql(row: Any) -> str:
    columns = [f"c.{quoted(name)}" for name in row["columns"]]
    others = [f"p.{quoted(name)}" for name in row["referenced_columns"]]
    operators = [
        f"OPERATOR({quoted(schema)}.{name})"
        for schema, name in zip(row["operator_schemas"], row["operators"], strict=True)
    ]
    filled = " AND ".join(f"{column} IS DISTINCT FROM NULL" for column in columns)
    nothing = " AND ".join(f"{column} IS NOT DISTINCT FROM NULL" for column in columns)
    return _DANGLING.format(
        only="" if row["is_partitioned"] else "ONLY ",
        table=qualified(row["schema"], row["table"]),
        filled=filled,
        referenced_only="" if row["is_referenced_partitioned"] else "ONLY ",
        referenced=qualified(row["referenced_schema"], row["referenced_table"]),
        equal=" AND ".join(
            f"{other} {operator} {column}" for other, operator, column in zip(others, operators, columns, strict=True)
        ),
        mixed=f" OR NOT ({filled}) AND NOT ({nothing})" if row["is_full_match"] else "",
    )


async def _count(connection: Connection, sql: str, label: str) -> int:
    return int(await connection.fetch_value(sql, doing=f'counting references of table "{label}"'))
