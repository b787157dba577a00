"""`upsert`: INSERT ... ON CONFLICT DO UPDATE. For live tables of current state; the same rows may come again."""

from __future__ import annotations

from pgsluice.strategies.shape import (
    Promises,
    Shape,
    Strategy,
    insert_rows,
    is_newer,
    on_conflict,
)


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Insert or update each row."""
    return {name: insert_rows(shape, rows, gate) + on_conflict(shape, is_newer(shape, "t", "excluded"))}


STRATEGY = Strategy(
    name="upsert",
    summary="Insert or update each row; live tables of current state",
    promises=Promises(
        on_conflict="each column by its policy; the last row wins",
        cost="Each row that is there is locked and written anew, changed or not: two records of WAL",
        is_repeatable=True,
        needs_key=True,
    ),
    sends="arrays",
    outcomes="versions",
    statements=statements,
)
