"""Puts the writes into several tables together: one statement, one round trip, one transaction. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pgsluice.driver.quoting import qualified, quoted
from pgsluice.strategies.shape import IS_NEW, ORDINAL, Shape, Strategy, same_key

#: What became of a row: of "replaced" ones a later row of the same flush and key was written; "unknown" is a row that
#: was written before a connection was lost.
Outcome = Literal["inserted", "updated", "untouched", "replaced", "rejected", "unknown"]
#: What can become of a row, by the letter that a statement says it with.
OUTCOMES: dict[str, Outcome] = {"i": "inserted", "u": "updated", "-": "untouched"}


@dataclass(frozen=True)
class InputColumn:
    """How a column's values come: as elements of an array parameter, and what they are cast to then."""

    name: str
    array_type: str  # as SQL: pg_catalog.int8[]
    cast: str | None = None
    collation: str | None = None  # as SQL, where parameters have another one


@dataclass(frozen=True)
class Part:
    """The write into one table."""

    strategy: Strategy
    shape: Shape
    columns: tuple[InputColumn, ...]
    # Whether the rows lie in a temporary table, and do not come as parameters.
    is_staged: bool = False

    @property
    def staging(self) -> str:
        """The temporary table's name: one for each way to write into a table."""
        told = "\0".join((self.shape.label, *(f"{column.name}\0{column.array_type}" for column in self.columns)))
        return f"pgsluice_{hashlib.blake2b(told.encode(), digest_size=12).hexdigest()}"


@dataclass(frozen=True)
class Gate:
    """A statement that gives one row if the others may write: a cursor that moved, a batch that is new."""

    sql: str  # its parameters are numbered from $1
    parameters: int


def flush_statement(parts: Sequence[Part], gate: Gate | None = None) -> str:
    """Give the statement that writes all parts, or nothing where the gate gives no row.

    Its parameters are those of the gate, then an array for each column of each part. It gives one row: whether the
    gate let it write; for each part whose shape asks for it, in their order, what became of its rows: a letter each
    (`OUTCOMES`). The text is the same each time, so that it stays prepared.
    """
    return _flush_statement(tuple(parts), gate)


# Small flushes come by the thousand, and a text takes 50 us to make. One for each set of tables, as in `driver`.
@lru_cache(maxsize=256)
def _flush_statement(parts: tuple[Part, ...], gate: Gate | None) -> str:
    statements: dict[str, str] = {}
    number = 1
    if gate is not None:
        statements["gate"] = gate.sql
        number += gate.parameters
    condition = "EXISTS (SELECT FROM gate)" if gate is not None else None
    told = [f"{condition or 'true'} AS is_written"]
    for ordinal, part in enumerate(parts):
        rows = rows_of(part, number, is_numbered=part.strategy.is_numbered)
        statements |= part.strategy.statements(part.shape, rows, condition, f"w{ordinal}")
        if part.shape.returns:
            told.append(f"({_outcomes(part, number, f'w{ordinal}')}) AS w{ordinal}")
        number += 0 if part.is_staged else len(part.columns)
    clauses = ", ".join(f"{name} AS ({sql})" for name, sql in statements.items())
    return f"WITH {clauses} SELECT {', '.join(told)}"


def repeats_statement(key: Sequence[InputColumn], *, is_last: bool) -> str:
    """Ask which rows of a key are not its first, or its last: their ordinals, and how many of the key are before them.

    Parameters are an array for each column of the key, then the rows' places in the caller's input.
    """
    arrays = ", ".join(f"${number}::{column.array_type}" for number, column in enumerate(key, start=1))
    # Names of the table's might be the ones that are used here.
    named = [replace(column, name=f"key{number}") for number, column in enumerate(key)]
    names = ", ".join(quoted(column.name) for column in named)
    values = ", ".join(_value(column) for column in named)
    order = "DESC" if is_last else "ASC"
    return (
        "SELECT r.ordinal, r.turn FROM (SELECT u.ordinality - 1 AS ordinal,"
        f" pg_catalog.row_number() OVER (PARTITION BY {values} ORDER BY u.place {order}) - 1 AS turn"
        f" FROM unnest({arrays}, ${len(key) + 1}::pg_catalog.int8[]) WITH ORDINALITY"
        f" AS u ({names}, place, ordinality)) AS r WHERE r.turn > 0"
    )


def unmet_statement(part: Part, predicate: str, blanks: Sequence[tuple[str, str]]) -> str:
    """Ask for the first row that a partial index would not hold: its place among the rows, from 1 on.

    `blanks` are columns, with their types, that rows do not bring and that will be NULL.
    """
    nulls = "".join(f", NULL::{display} AS {quoted(name)}" for name, display in blanks)
    rows = f"(SELECT i.*{nulls} FROM {rows_of(replace(part, is_staged=False), 1, is_numbered=True)}) AS i"
    return f"SELECT pg_catalog.min(i.{ORDINAL}) AS ordinal FROM {rows} WHERE ({predicate}) IS NOT TRUE"


def _outcomes(part: Part, first: int, name: str) -> str:
    """What became of each row, in their order: found by its key in what was written."""
    return (
        f"SELECT pg_catalog.string_agg(CASE r.{IS_NEW} WHEN true THEN 'i' WHEN false THEN 'u' ELSE '-' END, ''"
        f" ORDER BY i.{ORDINAL}) FROM {rows_of(part, first, is_numbered=True)}"
        f" LEFT JOIN {name} AS r ON {same_key('r', 'i', part.shape)}"
    )


def rows_of(part: Part, first: int, *, is_numbered: bool = False) -> str:
    """The rows of a part, as a FROM item called `i`; parameters are numbered from `first`."""
    columns = part.columns
    if part.is_staged:
        rows = f"{qualified('pg_temp', part.staging)} AS u"
    else:
        # All in one list of results, not `FROM unnest($1, $2)`: that puts each array into a store of its own first,
        # which took 0.3 to 1 us of the server's time a row of five columns. Arrays of a statement are equally long.
        arrays = [f"${number}::{column.array_type}" for number, column in enumerate(columns, start=first)]
        lists = [f"pg_catalog.unnest({array}) AS {quoted(c.name)}" for array, c in zip(arrays, columns, strict=True)]
        if is_numbered:
            lists.append(f"pg_catalog.generate_subscripts({arrays[0]}, 1) AS {ORDINAL}")
        rows = f"(SELECT {', '.join(lists)}) AS u"
    values = ", ".join(f"{_value(column)} AS {quoted(column.name)}" for column in columns)
    if is_numbered:
        values += f", u.{'ctid' if part.is_staged else ORDINAL} AS {ORDINAL}"
    return f"(SELECT {values} FROM {rows}) AS i"


def _value(column: InputColumn) -> str:
    cast = f"::{column.cast}" if column.cast else ""
    collation = f" COLLATE {column.collation}" if column.collation else ""
    return f"u.{quoted(column.name)}{cast}{collation}"
