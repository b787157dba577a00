"""Fills materialized views, which hold rows that no table gave them."""

from __future__ import annotations

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError

# A materialized view may need another one first; each round fills those whose needs are met.
REFRESH_ROUNDS_MAX = 10


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
