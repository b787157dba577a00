"""Plans the writes of a writer into all its tables, and refuses what is wrong with any of them at once. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pgsluice.catalog.write_targets import WriteTarget
from pgsluice.config.table import Context, Table
from pgsluice.errors import PlanRefusedError, in_quotes, place
from pgsluice.plan.writing import WritePlan, plan_write


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
    if len(refused) > 1:
        problems = tuple(problem for error in refused for problem in error.problems)
        raise PlanRefusedError("cannot write as declared", problems=problems, hint=refused[0].hint)
    if refused:
        raise refused[0]
    return plans


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
