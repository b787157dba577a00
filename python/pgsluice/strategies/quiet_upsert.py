"""`quiet_upsert`: an upsert that leaves rows alone which would not change, so that they cost no lock and no WAL."""

from __future__ import annotations

from dataclasses import replace

from pgsluice.driver.quoting import quoted
from pgsluice.strategies.shape import (
    Promises,
    Shape,
    Strategy,
    insert_head,
    insert_rows,
    is_stale,
    lock_order,
    on_conflict,
    same_key,
    selected,
    there,
    where,
)


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Join the rows with the table first and take those that are absent or stale.

    ON CONFLICT locks a row before it looks at WHERE, so fresh rows must not get there. Its own WHERE settles what
    changes between the join and the lock. The join gives rows in any order, and locks must be taken in one.
    """
    is_absent = f"o.{quoted(shape.key[0])} IS NULL"
    is_worth = f"({is_absent} OR {is_stale(shape, 'o', 'i')})"
    insert = (
        f"{insert_head(shape)} SELECT {selected(shape)} FROM {rows}"
        f" LEFT JOIN {there(shape, 'o')} ON {same_key('o', 'i', shape)}{where(gate, is_worth)}{lock_order(shape)}"
    )
    return {name: insert + on_conflict(shape, is_stale(shape, "t", "excluded"))}


def locking_statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Do the same with a lock on every row that is there, for rows whose keys come again in the transaction.

    What the first of them did not have to change a later one may, and its lock would be out of order.
    """
    return {name: insert_rows(shape, rows, gate) + on_conflict(shape, is_stale(shape, "t", "excluded"))}


STRATEGY = Strategy(
    name="quiet_upsert",
    summary="Insert or update only rows that are absent or would change; heartbeats, last-seen, state sent again",
    promises=Promises(
        on_conflict="as upsert, where a value would change, be it for an equal one; other rows are not touched",
        cost="A row that would not change costs no lock and no WAL, but a lock where rows of one key are written in "
        "turn; others cost as with upsert, and a join",
        is_repeatable=True,
        needs_key=True,
        is_quiet=True,
    ),
    sends="arrays",
    outcomes="versions",
    statements=statements,
    is_numbered=True,
)
LOCKING = replace(STRATEGY, statements=locking_statements, is_numbered=False)
