"""`ignore`: INSERT ... ON CONFLICT DO NOTHING. What is there stays; for rows that never change once written."""

from __future__ import annotations

from pgsluice.strategies.shape import (
    Promises,
    Shape,
    Strategy,
    arbiter,
    insert_rows,
    returning,
)


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Insert the rows whose key is not there; without a key, those that no unique index objects to."""
    about = f" {arbiter(shape)}" if shape.key else ""
    return {name: f"{insert_rows(shape, rows, gate)} ON CONFLICT{about} DO NOTHING{returning(shape, 'true')}"}


STRATEGY = Strategy(
    name="ignore",
    summary="Insert the rows that are not there; append-only metadata, relationships, ids of processed events",
    promises=Promises(
        on_conflict="the row that is there stays",
        cost="A row that is there costs a look into the index, no lock and no WAL",
        is_repeatable=True,
        needs_key=False,
        repeats="first",
    ),
    sends="arrays",
    outcomes="statement",
    statements=statements,
)
