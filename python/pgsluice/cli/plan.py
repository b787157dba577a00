"""`pgsluice plan`: what a copy would do and why, without a row read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.plan_bulk import bulk_as_data, tell_bulk
from pgsluice.cli.talk import show
from pgsluice.config.key import load_key
from pgsluice.config.rules import Rules
from pgsluice.driver import Dsn
from pgsluice.errors import PlanRefusedError
from pgsluice.pipeline.settings import MIB, CopySettings
from pgsluice.plan.model import CopyPlan, TablePlan


@click.command("plan")
@options.source_option
@options.target_option
@options.rules_option
@options.key_file_option
@options.key_descriptor_option
@options.tables_option
@click.option("--columns", "with_columns", is_flag=True, help="Show the decision on every column.")
@options.json_option
def command(
    *,
    source: str | None,
    target: str | None,
    rules: Path | None,
    key_file: Path | None,
    key_descriptor: int | None,
    tables: tuple[str, ...],
    with_columns: bool,
    is_json: bool,
) -> None:
    """Show what copy would do and why; refuse what copy would refuse (exit status 3).

    Without --rules every column is undecided, and the list of problems is the list of what to decide.
    """
    source_dsn = Dsn.from_option_or_environment(source, role="source")
    target_dsn = Dsn.parse(target, role="target") if target else None
    key = load_key(key_file=key_file, key_descriptor=key_descriptor)
    plan = asyncio.run(api.plan(source_dsn, rules or Rules(), key, target=target_dsn, tables=tables))
    if is_json:
        click.echo(json.dumps(_as_data(plan), indent=2))
    else:
        _tell(plan, with_columns=with_columns)
    if plan.problems:
        count = len(plan.problems)
        raise PlanRefusedError(
            f"copy would refuse this: {count} problem{'s' if count > 1 else ''}",
            problems=() if is_json else plan.problems,
            hint="Decide the columns in the rules file.",
        )


def _tell(plan: CopyPlan, *, with_columns: bool) -> None:
    width = max((len(table.label) for table in plan.tables), default=10)
    width = min(width, 44)
    for table in plan.tables:
        rows = table.relation.rows_estimate
        about = f"{rows:,}" if rows is not None else "?"
        what = f"{table.format}, by {table.source.key.kind}" if table.has_rows else "structure only"
        size = table.relation.size_bytes / MIB
        show(f"{table.label:{width}}  {about:>11} rows {size:>8.1f} MiB  {what}")
        if table.format == "text":
            show(f"  text because {table.format_reason}")
        if with_columns:
            _tell_columns(table)
    for item in plan.left_out:
        show(f"{item.label:{width}}  left out: {item.reason}")
    for label in plan.not_allowed:
        show(f"{label:{width}}  will fail: the source does not allow reading it")
    for note in plan.notes:
        show(f"note: {note}")
    tell_bulk(plan.bulk)
    memory = CopySettings().memory_bytes / MIB
    show(f"batches take at most {memory:.0f} MiB of memory a job, and the largest row once more on each side")


def _tell_columns(table: TablePlan) -> None:
    width = min(max((len(item.column.name) for item in table.columns), default=10), 40)
    for item in table.columns:
        show(f"  {item.column.name:{width}}  {item.decision.rule.mask:14} {item.decision.origin}")


def _as_data(plan: CopyPlan) -> dict[str, Any]:
    return {
        "plan_hash": plan.plan_hash,
        "problems": list(plan.problems),
        "notes": list(plan.notes),
        "left_out": [{"table": item.label, "reason": item.reason} for item in plan.left_out],
        "not_allowed": list(plan.not_allowed),
        "bulk": bulk_as_data(plan.bulk),
        "memory_bytes_per_job": CopySettings().memory_bytes,
        "tables": [
            {
                "table": table.label,
                "rows_estimate": table.relation.rows_estimate,
                "size_bytes": table.relation.size_bytes,
                "format": table.format,
                "format_reason": table.format_reason,
                "key": table.source.key.kind,
                "has_rows": table.has_rows,
                "columns": [
                    {
                        "column": item.column.name,
                        "type": item.column.type.display,
                        "mask": item.decision.rule.mask,
                        "domain": item.decision.domain,
                        "origin": item.decision.origin,
                    }
                    for item in table.columns
                ],
            }
            for table in plan.tables
        ],
    }
