"""Says what a copy would do, and shows rows as it would write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice._core import Key
from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn
from pgsluice.pipeline.planning import PlanRequest, plan_database
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.showing import ShownTable, show_rows
from pgsluice.plan.model import CopyPlan


async def plan(
    source: Dsn,
    rules: Path | Rules,
    key: Key | None,
    *,
    target: Dsn | None = None,
    tables: Sequence[str] = (),
    settings: CopySettings | None = None,
    has_forecast: bool = False,
) -> CopyPlan:
    """Give what `copy` would do and why; `problems` lists all that it would refuse, `changes` what is new since the
    last run into the target.

    With `has_forecast`, rows of the largest tables are read and masked for about a second.
    """
    request = PlanRequest(
        source=source,
        rules=rules if isinstance(rules, Rules) else read_rules(rules),
        key=key,
        target=target,
        table_patterns=tables,
        settings=settings or CopySettings(),
        has_forecast=has_forecast,
    )
    return await plan_database(request)


async def show(plan: CopyPlan, source: Dsn, key: Key, *, rows: int) -> list[ShownTable]:
    """Give the first masked rows of each table of a plan as text; kept columns hold real values."""
    return await show_rows(source, key, plan.tables, rows)
