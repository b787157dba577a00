"""Gives the strategies' own statements for the cases that `wal` measures."""

from __future__ import annotations

from pgsluice.strategies.listed import strategy
from pgsluice.strategies.shape import Shape, ShapeColumn
from pgsluice.strategies.statement import InputColumn, Part, flush_statement
from pgsluice.wal.cases import SCHEMA, TABLE, plain_statements

MEASURED = ("upsert", "cte_upsert", "quiet_upsert")


def case_statements() -> dict[str, str]:
    """Give what is compared, by name: strategies as the Writer sends them, and what people write without them."""
    columns = ("id", "seen")
    shape = Shape(schema=SCHEMA, table=TABLE, columns=tuple(ShapeColumn(name) for name in columns), key=("id",))
    inputs = tuple(InputColumn(name, "pg_catalog.int8[]") for name in columns)
    made = {name: flush_statement([Part(strategy(name), shape, inputs)]) for name in MEASURED}
    return made | plain_statements()
