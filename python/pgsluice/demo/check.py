"""Checks a copy by a second way: SQL on both servers, nothing of the pipeline's own counting."""

from __future__ import annotations

from dataclasses import dataclass

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.plan.model import CopyPlan, TablePlan

# Sum of 60 bits of each row's MD5: the same rows in any order give the same sum.
_DIGEST = """
    SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::int8), 0)
      FROM (SELECT {columns} FROM ONLY {table}) AS t"""


@dataclass(frozen=True)
class CheckResult:
    """Counts only."""

    tables: int
    rows: int
    kept_columns: int
    masked_columns: int
    # Texts of masked columns on the target that are the original of some row of the source.
    originals_found: int
    problems: tuple[str, ...]


async def check_copy(source: Connection, target: Connection, plan: CopyPlan) -> CheckResult:
    """Compare counts and kept columns of every table; look for originals in every masked text column."""
    problems: list[str] = []
    rows = kept = masked = found = 0
    for table in plan.tables:
        keeps = [item.column.name for item in table.columns if item.decision.rule.mask == "keep"]
        hides = [item.column.name for item in table.columns if _hides_text(table, item.column.name)]
        sql = _DIGEST.format(
            columns=", ".join(quoted(name) for name in keeps) or "1",
            table=qualified(table.relation.schema, table.relation.name),
        )
        (ours,) = await source.fetch(sql, doing="comparing rows")
        (theirs,) = await target.fetch(sql, doing="comparing rows")
        if tuple(ours) != tuple(theirs):
            problems.append(f'table "{table.label}" differs in rows or kept columns')
        rows += theirs[0]
        kept += len(keeps)
        masked += len(hides)
        for name in hides:
            found += await _originals(source, target, table, name)
    return CheckResult(len(plan.tables), rows, kept, masked, found, tuple(problems))


def _hides_text(table: TablePlan, name: str) -> bool:
    """Whether an original on the target could only be a leak.

    Free text may keep words that give nobody away, and masks that permute a dense set (telephone numbers) may
    give somebody a number that was another's.
    """
    item = next(item for item in table.columns if item.column.name == name)
    hides = {"email", "username", "token", "hash", "card", "iban", "url"}
    return item.decision.rule.mask in hides and not item.column.type.is_array


async def _originals(source: Connection, target: Connection, table: TablePlan, name: str) -> int:
    column, relation = quoted(name), qualified(table.relation.schema, table.relation.name)
    sql = f"SELECT array_agg(DISTINCT md5({column}::text)) FROM ONLY {relation} WHERE {column} IS NOT NULL"  # noqa: S608 - quoted
    before = await source.fetch_value(sql, doing="looking for originals")
    after = await target.fetch_value(sql, doing="looking for originals")
    return len(set(before or ()) & set(after or ()))
