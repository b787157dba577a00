"""Fills materialized views, which hold rows that no table gave them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ConnectionLostError, SluiceError, in_quotes

# The catalog does not tell which views a function reads that another view calls; each round fills those whose needs
# are met.
REFRESH_ROUNDS_MAX = 10


@dataclass(frozen=True)
class MaterializedView:
    """A materialized view and the relations that it reads, directly or through other views."""

    oid: int
    schema: str
    name: str
    is_populated: bool
    read_oids: frozenset[int]

    @property
    def label(self) -> str:
        """The name as messages show it."""
        return f"materialized view {in_quotes(f'{self.schema}.{self.name}')}"


async def read_views(connection: Connection) -> list[MaterializedView]:
    """Give the materialized views of a database."""
    rows = await connection.fetch(statement("materialized_views"), doing="looking for materialized views")
    return [MaterializedView(**dict(row) | {"read_oids": frozenset(row["read_oids"])}) for row in rows]


async def refresh_views(
    session: Connection, views: Sequence[MaterializedView]
) -> list[tuple[MaterializedView, SluiceError]]:
    """Fill views, those that others read first; give those that could not be filled.

    Raises ConnectionLostError; call it again then.
    """
    failures: list[tuple[MaterializedView, SluiceError]] = []
    waiting = in_order(views)
    for _ in range(REFRESH_ROUNDS_MAX):
        failures = []
        for view in waiting:
            try:
                await session.execute(
                    f"REFRESH MATERIALIZED VIEW {qualified(view.schema, view.name)}",
                    doing=f"filling {view.label}",
                    is_long=True,
                )
            except ConnectionLostError:
                raise
            except SluiceError as error:
                failures.append((view, error))
        if len(failures) in {0, len(waiting)}:
            break
        waiting = [view for view, _ in failures]
    return failures


def in_order(views: Collection[MaterializedView]) -> list[MaterializedView]:
    """Put views behind those that they read; what a view reads holds all that its own views read, and one more."""
    oids = {view.oid for view in views}
    return sorted(views, key=lambda view: (len(view.read_oids & oids), view.oid))
