"""Shows how rows get into a table, to people: what is chosen and why, the statement, what it costs. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pgsluice.config.table import OnError
from pgsluice.driver.quoting import quoted
from pgsluice.plan.column_reasons import text_reason
from pgsluice.strategies.statement import flush_statement

if TYPE_CHECKING:
    from pgsluice.plan.writing import WritePlan

# A line of SQL begins with these, where they do not stand in quotes.
_QUOTES_OR_WORDS = re.compile(
    r"""("(?:[^"]|"")*"|'(?:[^']|'')*')
      |(?<!DISTINCT)(?<!LEFT)(?<!\(SELECT)[ ](?=(?:SELECT|FROM|LEFT[ ]JOIN|JOIN|WHERE|GROUP[ ]BY|ORDER[ ]BY
        |ON[ ]CONFLICT|DO[ ]UPDATE|DO[ ]NOTHING|RETURNING|FOR[ ]NO[ ]KEY)\b)""",
    re.VERBOSE,
)
_REPEATS = {
    "first": "the first one is sent",
    "last": "the last one is sent",
    "sent": "all are sent",
    "in turn": "written one after the other, each by the policies, in one transaction",
}
_REFUSED: dict[OnError, str] = {
    "fail": "a row that cannot be written fails its flush, whole",
    "reject": "a row that cannot be written goes to the writer's rejects, the others land",
}
_COMMITS = {
    "live": "commits wait for the disk where the session says so (synchronous_commit)",
    "backfill": "commits do not wait for the disk (synchronous_commit = off): a crash of the server may take the last "
    "moments back, rows and cursor together",
}


def plan_text(plan: WritePlan) -> str:
    """Give lines of text: names, SQL and numbers, never a value."""
    return "\n".join(_lines(plan))


def _lines(plan: WritePlan) -> Iterator[str]:
    target, shape = plan.target, plan.part.shape
    yield f"{target.label}: {plan.strategy.name} ({plan.context})"
    for reason in plan.reasons:
        yield f"  because  {reason}"
    if shape.key:
        yield f"  key      {', '.join(shape.key)}; rows are sent in its order"
    yield f"  conflict {plan.strategy.promises.on_conflict}"
    if shape.key:
        yield f"  repeats  of rows with one key in a batch, {_REPEATS[plan.repeats]}"
    yield f"  refused  {_REFUSED[plan.table.on_error]}"
    if plan.table.partitions is not None:
        key, ahead = target.partition_columns[0], plan.table.partitions.ahead
        by = f"by {plan.table.partitions.by} on {key}"
        yield f"  parts    {by}: what rows need and {ahead} more are made before they are sent"
    yield f"  commit   {_COMMITS[plan.context]}"
    yield f"  cost     {plan.strategy.promises.cost}"
    yield "  columns"
    width = max(len(column.name) for column in shape.columns)
    for ordinal, column in enumerate(shape.columns):
        does = "key" if column.name in shape.key else column.policy if plan.updates else ""
        yield f"    {column.name:{width}}  {_way(plan, ordinal)}{does and '  ' + does}"
    yield "  statement"
    for line in statement_text(plan).split("\n"):
        yield f"    {line}"
    for warning in plan.warnings:
        yield f"  warning  {warning.text}"


def _way(plan: WritePlan, ordinal: int) -> str:
    """How a column's values travel."""
    if plan.is_copy:
        return "binary COPY"
    column = plan.part.columns[ordinal]
    name = column.array_type.removeprefix('"pg_catalog".').removeprefix("pg_catalog.")
    way = f"binary COPY as {name.removesuffix('[]')}" if plan.way(0) == "staging" else f"array {name}"
    way += f", cast to {column.cast}" if column.cast else ""
    if plan.specs[ordinal]["form"] == "text":
        way += f": {text_reason(plan.target.column_by_name[column.name].wire)}"
    return way


def statement_text(plan: WritePlan) -> str:
    """Give what is sent where this table is written alone, without a cursor: SQL, broken into lines."""
    if plan.is_copy:
        names = ", ".join(quoted(name) for name in plan.column_names)
        return f"COPY {plan.part.shape.target} ({names}) FROM STDIN (FORMAT binary)"
    part = replace(plan.part, is_staged=plan.way(0) == "staging")
    return _QUOTES_OR_WORDS.sub(lambda found: found[1] or "\n", flush_statement([part]))
