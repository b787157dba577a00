"""Fills materialized views at the end of a run: those that the source has filled, or that read what was copied."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import SluiceError
from pgsluice.pipeline.observer import Observer
from pgsluice.plan.model import CopyPlan
from pgsluice.schema.views import MaterializedView, read_views, refresh_views

OpenSession = Callable[[], Awaitable[Connection]]


async def fill_views(
    control: Connection,
    wanted: Callable[[list[MaterializedView]], Awaitable[list[MaterializedView]]],
    open_session: OpenSession,
    observer: Observer,
) -> list[tuple[MaterializedView, SluiceError]]:
    """Fill those of the target's views that are wanted; give those that could not be filled."""
    there = await read_views(control)
    chosen = await wanted(there) if there else []
    if not chosen:
        return []
    observer.event("schema", step="materialized-views", objects=len(chosen))
    session = await open_session()
    try:
        return await refresh_views(session, chosen)
    finally:
        await session.close()


async def filled_on(source: Connection, there: list[MaterializedView]) -> list[MaterializedView]:
    """Choose the views that the source has filled."""
    filled = {view.label for view in await read_views(source) if view.is_populated}
    return [view for view in there if view.label in filled]


async def over_copied(control: Connection, plan: CopyPlan, there: list[MaterializedView]) -> list[MaterializedView]:
    """Choose the views that read a table of the plan."""
    rows = await control.fetch(
        "SELECT to_regclass(n)::oid AS oid FROM unnest($1::text[]) AS t (n)",
        [qualified(table.target_schema, table.target_table) for table in plan.tables],
        doing="looking for the tables",
    )
    copied = {row["oid"] for row in rows}
    return [view for view in there if view.read_oids & copied]
