"""`accumulate`: adds what comes to what is there. For counters; each delta counts once."""

from __future__ import annotations

from pgsluice.config.table import Policy
from pgsluice.driver.quoting import quoted
from pgsluice.strategies.shape import (
    ORDINAL,
    Promises,
    Shape,
    ShapeColumn,
    Strategy,
    insert_head,
    key_order,
    lock_order,
    on_conflict,
    where,
)

# Of several rows with one key, what the column's policy would make of them one after the other.
_AGGREGATES: dict[Policy, str] = {"add": "sum", "greatest": "max", "least": "min"}


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Add rows of one key up, then insert the sum or add it to what is there."""
    values = ", ".join(
        f"i.{quoted(column.name)}" if column.name in shape.key else _aggregate(column) for column in shape.columns
    )
    insert = (
        f"{insert_head(shape)} SELECT {values} FROM {rows}{where(gate)} GROUP BY {key_order(shape)}"
        f"{lock_order(shape, f'pg_catalog.min(i.{ORDINAL})')}"
    )
    return {name: insert + on_conflict(shape)}


def _aggregate(column: ShapeColumn) -> str:
    return f"pg_catalog.{_AGGREGATES[column.policy]}(i.{quoted(column.name)})"


STRATEGY = Strategy(
    name="accumulate",
    summary="Add what comes to what is there; counters, each delta counted once",
    promises=Promises(
        on_conflict="the sum of both, or the greater or smaller one by policy",
        cost="Each key that is there is locked and written anew, two records of WAL",
        is_repeatable=False,
        needs_key=True,
        repeats="sent",
        cannot=("columns that are not of the key and neither added, greatest nor least",),
    ),
    sends="arrays",
    outcomes="versions",
    statements=statements,
    is_numbered=True,
    policies=tuple(_AGGREGATES),
    default_policy="add",
    knows_newer=False,
)
