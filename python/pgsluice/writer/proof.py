"""Has the server look at each table's statement before the first row: types may not fit what is done with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, PlanRefusedError, ServerError, place
from pgsluice.plan.writing import WritePlan
from pgsluice.strategies import accumulate, staged
from pgsluice.strategies.statement import Part, flush_statement

# Each stands before a cast to its type; what looks like one in a name or a predicate's string is none.
_PARAMETER = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|\$\d+""")


async def prove(connection: Connection, plans: Iterable[WritePlan]) -> None:
    """Raise PlanRefusedError for a statement that the server does not take: text that is to be added, for one.

    EXPLAIN begins to execute and stops before the first row: an order for `greatest` and rights on columns are looked
    up there, and nothing is written.
    """
    for plan in plans:
        if plan.way(0) != "arrays":
            continue
        # A prepared statement would outlive an error, in a session that may be the caller's.
        sql = _PARAMETER.sub(lambda found: found[1] or "NULL", flush_statement([_part(plan)]))
        try:
            await connection.execute(f"EXPLAIN {sql}", doing=f"trying the statement of {plan.target.label}")
        except ConnectionLostError:
            raise
        except ServerError as error:
            table, name = place(plan.target.label), plan.strategy.name
            problem = f"{table}: the server refuses the statement of strategy {name}, SQLSTATE {error.sqlstate}"
            raise PlanRefusedError(
                f"cannot write to {table}",
                problems=(problem,),
                hint="A policy may not fit a column's type: add needs a sum, greatest and least need an order.",
            ) from None


def _part(plan: WritePlan) -> Part:
    """What is tried: of staged rows what will be done with them later, for their table is not there yet."""
    return replace(plan.part, strategy=accumulate.STRATEGY) if plan.strategy is staged.STRATEGY else plan.part
