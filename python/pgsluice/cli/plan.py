"""`pgsluice plan`: what a copy would do and why, without a row written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from pgsluice import api
from pgsluice._core import Key
from pgsluice.cli import copy_options, options
from pgsluice.cli.plan_data import plan_as_data
from pgsluice.cli.plan_problems import grouped_problems
from pgsluice.cli.plan_text import tell_plan
from pgsluice.cli.servers import given_server, given_server_or_none
from pgsluice.config.key import load_key
from pgsluice.config.rules import Rules
from pgsluice.errors import PlanRefusedError
from pgsluice.hardening import forbid_core_dumps
from pgsluice.pipeline.settings import CopySettings


@click.command("plan")
@options.source_option
@options.target_option
@options.rules_option
@options.key_file_option
@options.key_descriptor_option
@options.tables_option
@copy_options.jobs_option
@click.option("--no-forecast", is_flag=True, help="Read no row; else some are read and masked for about a second.")
@copy_options.without_extension_option
@copy_options.rights_option
@copy_options.large_objects_option
@click.option("--columns", "with_columns", is_flag=True, help="Show the decision on every column.")
@click.option("--sample", "sample_rows", type=click.IntRange(1, 100), metavar="N", help="Show N masked rows per table.")
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
    no_forecast: bool,
    without_extensions: tuple[str, ...],
    has_rights: bool,
    has_large_objects: bool,
    with_columns: bool,
    sample_rows: int | None,
    is_json: bool,
) -> None:
    """Show what copy would do and why; refuse what copy would refuse (exit status 3).

    Without --rules every column is undecided, and the list of problems is the list of what to decide. With a target
    its tables are compared too, and what has changed since the last run is listed.
    """
    source_dsn = given_server(source, role="source")
    target_dsn = given_server_or_none(target, role="target")
    if sample_rows:
        key: Key | None = options.required_key(key_file, key_descriptor)
    else:
        key = load_key(key_file=key_file, key_descriptor=key_descriptor)
    settings = CopySettings(
        jobs=jobs,
        without_extensions=without_extensions,
        has_rights=has_rights,
        has_large_objects=has_large_objects,
    )
    forbid_core_dumps()

    async def work() -> tuple[api.CopyPlan, list[api.ShownTable]]:
        plan = await api.plan(
            source_dsn,
            rules or Rules(),
            key,
            target=target_dsn,
            tables=tables,
            settings=settings,
            has_forecast=not no_forecast,
        )
        shown = await api.show(plan, source_dsn, key, rows=sample_rows) if sample_rows and key else []
        return plan, shown

    plan, shown = asyncio.run(work())
    _write(plan, settings, shown, with_columns=with_columns, with_sample=bool(sample_rows), is_json=is_json)
    if plan.problems:
        count = len(plan.problems)
        raise PlanRefusedError(
            f"copy would refuse this: {count} problem{'s' if count > 1 else ''}",
            problems=() if is_json else grouped_problems(plan),
            hint='Decide the columns in the rules file; "pgsluice init" proposes one.',
        )


def _write(
    plan: api.CopyPlan,
    settings: CopySettings,
    shown: list[api.ShownTable],
    *,
    with_columns: bool,
    with_sample: bool,
    is_json: bool,
) -> None:
    data = plan_as_data(plan, settings) if is_json else {}
    if not is_json:
        tell_plan(plan, settings, with_columns=with_columns)
    if with_sample:
        # rich knows how wide characters are, and takes as long to import as a small plan to make.
        from pgsluice.cli.plan_sample import sample_as_data, tell_sample

        if is_json:
            data["sample"] = sample_as_data(shown)
        else:
            tell_sample(plan, shown)
    if is_json:
        click.echo(json.dumps(data, indent=2))
