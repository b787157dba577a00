"""`cte_upsert`: the published form of the quiet upsert, an INSERT in a CTE and an UPDATE of what it did not insert."""

from __future__ import annotations

from pgsluice.driver.quoting import quoted
from pgsluice.strategies.shape import (
    IS_NEW,
    Promises,
    Shape,
    Strategy,
    arbiter,
    assignments,
    insert_rows,
    is_held,
    is_stale,
    lock_order,
    returning,
    same_key,
    there,
    where,
)


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Insert what is absent, then update what was there and is stale; stale rows are locked in the order of the key."""
    keys = ", ".join(f"t.{quoted(name)}" for name in shape.key)
    told = f", true AS {IS_NEW}" if shape.returns else ""
    insert = f"{insert_rows(shape, rows, gate)} ON CONFLICT {arbiter(shape)}"
    new, stale = f"{name}_new", f"{name}_stale"
    inserted = {new: f"{insert} DO NOTHING RETURNING {keys}{told}"}
    if not shape.changing:
        return inserted | ({name: f"SELECT * FROM {new}"} if shape.returns else {})
    is_new = f"EXISTS (SELECT FROM {new} AS n WHERE {same_key('n', 'i', shape)})"
    locked = (
        f"SELECT i.* FROM {rows} JOIN {there(shape, 'o')} ON {same_key('o', 'i', shape)}"
        f"{where(gate, is_stale(shape, 'o', 'i'), f'NOT {is_new}')}"
        f"{lock_order(shape)} FOR NO KEY UPDATE OF o"
    )
    update = (
        f"UPDATE {shape.own} AS t SET {assignments(shape, 't', 'i')} FROM {stale} AS i"
        f"{where(same_key('t', 'i', shape), is_held(shape, 't'), is_stale(shape, 't', 'i'))}"
    )
    if not shape.returns:
        return inserted | {stale: locked, name: update}
    updated = f"{name}_updated"
    return inserted | {
        stale: locked,
        updated: update + returning(shape, "false"),
        name: f"SELECT * FROM {new} UNION ALL SELECT * FROM {updated}",
    }


STRATEGY = Strategy(
    name="cte_upsert",
    summary="The published form of quiet_upsert: INSERT ... DO NOTHING in a CTE, then UPDATE of stale rows",
    promises=Promises(
        on_conflict="as quiet_upsert",
        cost="As quiet_upsert, with a second pass over the input",
        is_repeatable=True,
        needs_key=True,
        is_quiet=True,
        races="a row that another transaction inserts or deletes at the same moment is not updated, without an error",
    ),
    sends="arrays",
    outcomes="statement",
    statements=statements,
    is_numbered=True,
)
