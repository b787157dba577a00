"""`pgsluice plan`: what a copy would do and why, without a row written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from pgsluice import api
from pgsluice.cli import copy_options, options
from pgsluice.cli.plan_data import plan_as_data
from pgsluice.cli.plan_text import tell_plan
from pgsluice.cli.servers import given_server, given_server_or_none
from pgsluice.config.key import load_key
from pgsluice.config.rules import Rules
from pgsluice.errors import PlanRefusedError
from pgsluice.pipeline.settings import CopySettings


@click.command("plan")
@options.source_option
@options.target_option
@options.rules_option
@options.key_file_option
@options.key_descriptor_option
@options.tables_option
@copy_options.jobs_option
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
    jobs: int,
    with_columns: bool,
    is_json: bool,
) -> None:
    """Show what copy would do and why; refuse what copy would refuse (exit status 3).

    Without --rules every column is undecided, and the list of problems is the list of what to decide. With a target
    its tables are compared too, and what has changed since the last run is listed.
    """
    source_dsn = given_server(source, role="source")
    target_dsn = given_server_or_none(target, role="target")
    key = load_key(key_file=key_file, key_descriptor=key_descriptor)
    settings = CopySettings(jobs=jobs)
    plan = asyncio.run(api.plan(source_dsn, rules or Rules(), key, target=target_dsn, tables=tables, settings=settings))
    if is_json:
        click.echo(json.dumps(plan_as_data(plan, settings), indent=2))
    else:
        tell_plan(plan, settings, with_columns=with_columns)
    if plan.problems:
        count = len(plan.problems)
        raise PlanRefusedError(
            f"copy would refuse this: {count} problem{'s' if count > 1 else ''}",
            problems=() if is_json else plan.problems,
            hint="Decide the columns in the rules file.",
        )
