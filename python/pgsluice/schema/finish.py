"""What a copied schema still needs when its rows are there: sequence positions, views that hold rows, statistics."""

from __future__ import annotations

from collections.abc import Iterable

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError

# A materialized view may need another one first; each round fills those whose needs are met.
REFRESH_ROUNDS_MAX = 10


async def set_sequences(source: Connection, target: Connection) -> list[str]:
    """Set the target's sequences to where the source's are; give the names of those that could not be set.

    A sequence that the target does not have is none of its tables'. One that either role has no right on stays where
    it is: its next values may be there already.
    """
    rows = await source.fetch(statement("sequences"), doing="reading the sequences")
    names = [qualified(row["schema"], row["name"]) for row in rows]
    set_there = await target.fetch(
        statement("set_sequences"),
        names,
        [row["last_value"] for row in rows],
        [row["may_read"] for row in rows],
        doing="setting the sequences",
    )
    return [row["name"] for row in set_there if not row["is_set"]]


async def refresh_views(target: Connection) -> list[str]:
    """Fill the materialized views that are empty; give the names of those that could not be filled."""
    for _ in range(REFRESH_ROUNDS_MAX):
        rows = await target.fetch(statement("empty_views"), doing="looking for materialized views")
        before = len(rows)
        for row in rows:
            try:
                await target.execute(
                    f"REFRESH MATERIALIZED VIEW {qualified(row['schema'], row['name'])}",
                    doing="filling a materialized view",
                    is_long=True,
                )
            except ServerError:
                continue
            before -= 1
        if before in {0, len(rows)}:
            break
    left = await target.fetch(statement("empty_views"), doing="looking for materialized views")
    return [f"{row['schema']}.{row['name']}" for row in left]


async def analyze(target: Connection, tables: Iterable[tuple[str, str]]) -> None:
    """Gather statistics of the given tables, without which the first queries are planned blindly."""
    names = ", ".join(qualified(schema, name) for schema, name in tables)
    if names:
        await target.execute(f"ANALYZE {names}", doing="gathering statistics", is_long=True)
