"""What a copied schema still needs when its rows are there: sequence positions, views that hold rows, statistics."""

from __future__ import annotations

from collections.abc import Iterable

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError

# A materialized view may need another one first; each round fills those whose needs are met.
REFRESH_ROUNDS_MAX = 10


async def set_sequences(source: Connection, target: Connection) -> int:
    """Set the target's sequences to where the source's are; give how many."""
    rows = await source.fetch(statement("sequences"), doing="reading the sequences")
    await target.execute(
        """SELECT setval(format('%I.%I', s.schema, s.name)::regclass, s.last_value)
             FROM unnest($1::text[], $2::text[], $3::int8[]) AS s (schema, name, last_value)
            WHERE to_regclass(format('%I.%I', s.schema, s.name)) IS NOT NULL""",
        [row["schema"] for row in rows],
        [row["name"] for row in rows],
        [row["last_value"] for row in rows],
        doing="setting the sequences",
    )
    return len(rows)


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
