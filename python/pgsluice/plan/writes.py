"""Plans the writes of a writer into all its tables, and refuses what is wrong with any of them at once. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pgsluice.catalog.write_targets import WriteTarget
from pgsluice.config.table import Context, Table
from pgsluice.errors import PlanRefusedError, in_quotes, place
from pgsluice.plan.writing import WritePlan, plan_write

# Parameters are numbered in two bytes with a sign by the driver; some are left for the gate of a cursor or a number.
COLUMNS_MAX = 32_700


def plan_writes(
    targets: Mapping[str, WriteTarget], tables: Mapping[str, Table], context: Context
) -> dict[str, WritePlan]:
    """Plan each table, by the name that the writer has for it.

    Raises PlanRefusedError: of the one table that cannot be written, or with the problems of all.
    """
    plans: dict[str, WritePlan] = {}
    refused: list[PlanRefusedError] = []
    for name, table in tables.items():
        try:
            plans[name] = plan_write(targets[name], table, context)
        except PlanRefusedError as error:
            refused.append(error)
    refused += _namesakes(targets)
    refused += _too_wide(plans)
    if len(refused) > 1:
        problems = tuple(problem for error in refused for problem in error.problems)
        raise PlanRefusedError("cannot write as declared", problems=problems, hint=refused[0].hint)
    if refused:
        raise refused[0]
    return plans


def _too_wide(plans: Mapping[str, WritePlan]) -> list[PlanRefusedError]:
    """More columns than a statement can have parameters: a flush of all tables at once could not be sent."""
    columns = sum(len(plan.part.columns) for plan in plans.values() if plan.way(0) == "arrays")
    if columns <= COLUMNS_MAX:
        return []
    return [
        PlanRefusedError(
            "cannot write so many tables by one statement",
            problems=(f"the tables have {columns:,} columns together, and a statement takes {COLUMNS_MAX:,}",),
            hint="Let several writers share them.",
        )
    ]


def _namesakes(targets: Mapping[str, WriteTarget]) -> list[PlanRefusedError]:
    """Two names of one table: its rows would be written by two parts of one statement, which do not see each other."""
    names: dict[int, list[str]] = defaultdict(list)
    for name, target in targets.items():
        names[target.oid].append(name)
    return [
        PlanRefusedError(
            f"cannot write to {place(targets[same[0]].label)}",
            problems=(f"{place(targets[same[0]].label)} is declared twice, as {' and '.join(map(in_quotes, same))}",),
            hint="Declare it once; a second writer may write it in another way.",
        )
        for same in names.values()
        if len(same) > 1
    ]
