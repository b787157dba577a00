"""Puts the writes into several tables together: one statement, one round trip, one transaction. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.driver.quoting import quoted
from pgsluice.strategies.shape import Shape, Strategy


@dataclass(frozen=True)
class InputColumn:
    """How a column's values come: as elements of an array parameter, and what they are cast to then."""

    name: str
    array_type: str  # as SQL: pg_catalog.int8[]
    cast: str | None = None


@dataclass(frozen=True)
class Part:
    """The write into one table."""

    strategy: Strategy
    shape: Shape
    columns: tuple[InputColumn, ...]


@dataclass(frozen=True)
class Gate:
    """A statement that gives one row if the others may write: a cursor that moved, a batch that is new."""

    sql: str  # its parameters are numbered from $1
    parameters: int


def flush_statement(parts: Sequence[Part], gate: Gate | None = None) -> str:
    """Give the statement that writes all parts, or nothing where the gate gives no row.

    Its parameters are those of the gate, then an array for each column of each part. It gives one row: whether the
    gate let it write. The text is the same each time, so that it stays prepared.
    """
    statements: dict[str, str] = {}
    number = 1
    if gate is not None:
        statements["gate"] = gate.sql
        number += gate.parameters
    condition = "EXISTS (SELECT FROM gate)" if gate is not None else None
    for ordinal, part in enumerate(parts):
        rows = _unnested(part.columns, number)
        statements |= part.strategy.statements(part.shape, rows, condition, f"w{ordinal}")
        number += len(part.columns)
    clauses = ", ".join(f"{name} AS ({sql})" for name, sql in statements.items())
    return f"WITH {clauses} SELECT {condition or 'true'} AS is_written"


def _unnested(columns: Sequence[InputColumn], first: int) -> str:
    """The rows of the array parameters, as a FROM item called `i`. The parser's own unnest takes no schema."""
    arrays = ", ".join(f"${number}::{column.array_type}" for number, column in enumerate(columns, start=first))
    names = ", ".join(quoted(column.name) for column in columns)
    if not any(column.cast for column in columns):
        return f"unnest({arrays}) AS i ({names})"
    values = ", ".join(_cast(column) for column in columns)
    return f"(SELECT {values} FROM unnest({arrays}) AS u ({names})) AS i"


def _cast(column: InputColumn) -> str:
    name = quoted(column.name)
    return f"u.{name}" if column.cast is None else f"u.{name}::{column.cast} AS {name}"
