"""`pgsluice status`: the runs that a target remembers."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.servers import given_server
from pgsluice.cli.talk import show
from pgsluice.config.key import load_key
from pgsluice.state.report import RunStatus, TableStatus


@click.command("status")
@options.target_option
@options.key_file_option
@options.key_descriptor_option
@click.option("--all", "with_all", is_flag=True, help="Show earlier runs too, and tables that are done.")
@options.json_option
def command(
    *, target: str | None, key_file: Path | None, key_descriptor: int | None, with_all: bool, is_json: bool
) -> None:
    """Show runs, tables, rows and rates, and whether the audit chain holds (with the key: its MACs too)."""
    dsn = given_server(target, role="target")
    key = load_key(key_file=key_file, key_descriptor=key_descriptor)
    runs = asyncio.run(api.status(dsn, key))
    if is_json:
        click.echo(json.dumps([dataclasses.asdict(run) for run in runs], indent=2, default=_plain))
        return
    if not runs:
        show("this target remembers no run")
    for run in runs if with_all else runs[:1]:
        _tell(run, with_all=with_all)


def _tell(run: RunStatus, *, with_all: bool) -> None:
    rows = sum(table.rows for table in run.tables)
    size_bytes = sum(table.size_bytes for table in run.tables)
    show(f"run {run.run_id}  {run.state}")
    show(
        f"  started   {run.started_at:%Y-%m-%d %H:%M:%S}Z"
        + (f", ended {run.finished_at:%H:%M:%S}Z" if run.finished_at else "")
    )
    show(f"  rows      {rows:,} in {size_bytes / 1e6:,.1f} MB")
    show(f"  schema    {run.schema_state}")
    if run.snapshot_count > 1:
        mixed = sum(table.has_mixed_snapshots for table in run.tables)
        show(f"  snapshots {run.snapshot_count}: {mixed} tables hold rows of more than one")
    problem = run.audit_problem or f"{run.audit_records} records, the chain holds"
    show(f"  audit     {problem}")
    show(f"  key       {run.key_id}")
    states = [table.state for table in run.tables]
    show("  tables    " + ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    for table in run.tables:
        if with_all or table.state in {"copying", "failed"}:
            show(f"    {_line(table)}")


def _line(table: TableStatus) -> str:
    rate = f"{table.size_bytes / table.seconds / 1e6:8.1f} MB/s" if table.seconds else ""
    slices = f"  {table.slices} slices" if table.slices > 1 else ""
    mixed = "  mixed snapshots" if table.has_mixed_snapshots else ""
    return f"{table.state:8} {table.label:40} {table.rows:>12,} rows {table.batches:>6} batches {rate}{slices}{mixed}"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
