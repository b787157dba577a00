"""Puts the undecided columns of a large database together, a line for each table: nobody reads ten thousand lines."""

from __future__ import annotations

from pgsluice.errors import in_quotes, place
from pgsluice.plan.decisions import UNDECIDED_REASON
from pgsluice.plan.model import CopyPlan, TablePlan

# Fewer columns than these have a line each.
LINES_MAX = 40


def grouped_problems(plan: CopyPlan) -> tuple[str, ...]:
    """Give the problems of a plan with undecided columns by table, where there are many of them; others as they are."""
    others = [problem for problem in plan.problems if not problem.endswith(UNDECIDED_REASON)]
    if len(plan.problems) - len(others) <= LINES_MAX:
        return plan.problems
    return (*others, *(_line(table) for table in plan.unplanned if any(_undecided(table))))


def _line(table: TablePlan) -> str:
    return f"{place(table.label)}: undecided: {', '.join(_undecided(table))}"


def _undecided(table: TablePlan) -> list[str]:
    return [
        f"{in_quotes(item.column.name)} ({item.column.type.display})"
        for item in table.columns
        if item.uniqueness == "undecided"
    ]
