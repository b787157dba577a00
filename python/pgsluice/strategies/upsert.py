"""`upsert`: INSERT ... ON CONFLICT DO UPDATE. For live tables of current state; the same rows may come again."""

from __future__ import annotations

from pgsluice.strategies.shape import (
    Promises,
    Shape,
    Strategy,
    arbiter,
    assignments,
    insert_head,
    is_newer,
    returning,
    row_order,
    selected,
    where,
)


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Insert or update each row."""
    insert = (
        f"{insert_head(shape)} SELECT {selected(shape)} FROM {rows}{where(gate)}{row_order(shape)}"
        f" ON CONFLICT {arbiter(shape)}"
    )
    if not shape.changing:
        return {name: f"{insert} DO NOTHING{returning(shape, 'true')}"}
    update = f"DO UPDATE SET {assignments(shape, 't', 'excluded')}{where(is_newer(shape, 't', 'excluded'))}"
    return {name: f"{insert} {update}{returning(shape)}"}


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
