"""Has the server look at each table's statement before the first row: types may not fit what is done with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pgsluice.driver import Connection
from pgsluice.errors import ConnectionLostError, NotAllowedError, PlanRefusedError, ServerError, place
from pgsluice.plan.writing import WritePlan
from pgsluice.strategies import accumulate, staged
from pgsluice.strategies.copy_in import trial_statement
from pgsluice.strategies.statement import flush_statement

# Each stands before a cast to its type; what looks like one in a name or a predicate's string is none.
_PARAMETER = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|\$\d+""")

_NO_OPERATOR = (
    ": a policy does not fit a column's type",
    "The policy add needs a sum, greatest and least need an order.",
)
#: What it means that the server refuses such a statement, and what to do.
_CAUSES: dict[str, tuple[str, str | None]] = {
    "42883": _NO_OPERATOR,  # undefined_function
    "42804": _NO_OPERATOR,  # datatype_mismatch: the sum has another type
    "42501": (
        ": this role may not write or read one of the columns",
        "Rights on columns count: INSERT and UPDATE on those that rows bring, SELECT on the key and what is compared.",
    ),
    "0A000": (": the table's rules do not go with it", "Put triggers in the place of the rules."),
}


async def refuse_read_only(connection: Connection) -> None:
    """Raise PlanRefusedError where nothing can be written, which the first flush would find out."""
    is_read_only = await connection.fetch_value(
        "SELECT pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('transaction_read_only') = 'on'",
        doing="looking whether rows can be written",
    )
    if is_read_only:
        raise PlanRefusedError(
            "the target is read-only",
            hint="Give the primary server as the target, and no transaction or role that is READ ONLY.",
        )


async def prove(connection: Connection, plans: Iterable[WritePlan]) -> None:
    """Raise PlanRefusedError for statements that the server does not take: text that is to be added, for one.

    EXPLAIN begins to execute and stops before the first row: an order for `greatest` and rights on columns are looked
    up there, and nothing is written.
    """
    refused: dict[str, str | None] = {}
    for plan in plans:
        # A prepared statement would outlive an error, in a session that may be the caller's.
        sql = _PARAMETER.sub(lambda found: found[1] or "NULL", _statement(plan))
        try:
            await connection.execute(f"EXPLAIN {sql}", doing=f"trying the statement of {plan.target.label}")
        except ConnectionLostError:
            raise
        except (ServerError, NotAllowedError) as error:
            sqlstate = str(error.sqlstate) if isinstance(error, ServerError) else "42501"
            why, hint = _CAUSES.get(sqlstate, ("", None))
            label, name = plan.target.label, plan.strategy.name
            text = f"{place(label)}: the server refuses the statement of strategy {name}, SQLSTATE {sqlstate}"
            refused[f"{text}{why}"] = hint
            if connection.is_in_transaction:  # The caller's has failed with it.
                break
    if refused:
        hints = dict.fromkeys(hint for hint in refused.values() if hint)
        raise PlanRefusedError("cannot write as declared", problems=tuple(refused), hint=" ".join(hints) or None)


def _statement(plan: WritePlan) -> str:
    """What is tried: of COPY an INSERT, and of staged rows what will be done with them once their table is there."""
    if plan.is_copy:
        return trial_statement(plan.part.shape)
    is_staged = plan.strategy is staged.STRATEGY
    return flush_statement([replace(plan.part, strategy=accumulate.STRATEGY) if is_staged else plan.part])
