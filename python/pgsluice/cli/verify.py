"""`pgsluice verify`: compares a copy with its source, and says what differs in names and numbers."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import sys
import time
from pathlib import Path
from uuid import UUID

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.talk import show, tell
from pgsluice.cli.verify_lines import lines_of
from pgsluice.cli.verify_progress import progress_for
from pgsluice.driver import Dsn
from pgsluice.errors import UsageError
from pgsluice.hardening import forbid_core_dumps

# For files and pipes, where nobody measures.
WIDTH_UNSEEN = 120


@click.command("verify")
@options.source_option
@options.target_option
@options.rules_option
@options.key_file_option
@options.key_descriptor_option
@options.tables_option
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Tables at once.")
@click.option("--no-objects", is_flag=True, help="Do not look for indexes, constraints, triggers, views and policies.")
@click.option(
    "--allow-source-changes",
    is_flag=True,
    help="No difference: tables that differ only where the source changed since the copy.",
)
@click.option("--columns", "with_columns", is_flag=True, help="Show what was found of every column.")
@click.option(
    "--allow-core-dumps", is_flag=True, help="Leave core dumps as they are; they would hold rows and the key."
)
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
    no_objects: bool,
    allow_source_changes: bool,
    with_columns: bool,
    allow_core_dumps: bool,
    is_json: bool,
) -> None:
    """Compare a copy with its source; exit status 5 where they differ.

    Give the rules and the key of the copy: kept columns must be equal, masked columns must hold what the masks give.
    Both sides are read once, nothing is written, and the report holds names and numbers only.
    """
    source_dsn = Dsn.from_option_or_environment(source, role="source")
    target_dsn = Dsn.from_option_or_environment(target, role="target")
    if rules is None:
        raise UsageError("no rules file was given", hint="Give --rules FILE, the one that the copy was made with.")
    key = options.required_key(key_file, key_descriptor)
    if not allow_core_dumps:
        forbid_core_dumps()
    started = time.monotonic()
    with progress_for() as progress:
        report = asyncio.run(
            api.verify(
                source_dsn,
                target_dsn,
                rules,
                key,
                tables=tables,
                has_objects=not no_objects,
                may_source_change=allow_source_changes,
                settings=api.VerifySettings(jobs=jobs),
                observer=progress,
            )
        )
    seconds = time.monotonic() - started
    if is_json:
        click.echo(json.dumps(_as_data(report, seconds), indent=2, default=str))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_UNSEEN
        for line in lines_of(report, width=width, with_columns=with_columns):
            show(line)
    for note in report.notes:
        tell(f"note: {note}")
    rows = sum(table.rows_source for table in report.tables)
    compared = sum(table.state not in {"missing", "not done", "left out"} for table in report.tables)
    tell(f"compared: {compared} of {len(report.tables)} tables, {rows:,} rows of the source, {seconds:.1f} s")
    api.raise_if_different(report)


def _as_data(report: api.VerifyReport, seconds: float) -> dict[str, object]:
    data = {"state": "different" if report.differences else "equal", "seconds": round(seconds, 3)}
    return data | dataclasses.asdict(report, dict_factory=_with_names)


def _with_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Name tables as every other verb's JSON does; a run is its text."""
    names = {"label": "table"}
    return {names.get(name, name): str(value) if isinstance(value, UUID) else value for name, value in pairs}
