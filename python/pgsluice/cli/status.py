"""`pgsluice status`: the runs that a target remembers."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.moments import consistency_as_data, count_tables, moment, stamp
from pgsluice.cli.servers import given_server, given_server_or_none
from pgsluice.cli.talk import show, tell
from pgsluice.config.key import load_key
from pgsluice.driver import Dsn
from pgsluice.errors import SluiceError
from pgsluice.state.report import RunStatus, TableStatus
from pgsluice.state.snapshots import Consistency


@click.command("status")
@options.target_option
@options.source_option
@options.key_file_option
@options.key_descriptor_option
@click.option("--all", "with_all", is_flag=True, help="Show earlier runs too, and tables that are done.")
@options.json_option
def command(
    *,
    target: str | None,
    source: str | None,
    key_file: Path | None,
    key_descriptor: int | None,
    with_all: bool,
    is_json: bool,
) -> None:
    """Show runs, tables, rows and rates, and whether the audit chain holds (with the key: its MACs too).

    The source is asked only whether a snapshot is still held; without it that is not known.
    """
    dsn = given_server(target, role="target")
    source_dsn = given_server_or_none(source, role="source")
    key = load_key(key_file=key_file, key_descriptor=key_descriptor)
    runs = asyncio.run(api.status(dsn, key))
    is_held = asyncio.run(_is_held(source_dsn, runs))
    if is_json:
        click.echo(json.dumps([_as_data(run, is_held=is_held) for run in runs], indent=2, default=_plain))
        return
    if not runs:
        show("this target remembers no run")
    for run in runs if with_all else runs[:1]:
        _tell(run, with_all=with_all, is_held=is_held)


async def _is_held(source: Dsn | None, runs: list[RunStatus]) -> bool | None:
    """Ask the source about the newest run's snapshot; None where there is nothing to ask, or nobody."""
    holder = runs[0].consistency.holder if runs else None
    if source is None or holder is None:
        return None
    try:
        return await api.is_snapshot_held(source, holder)
    except SluiceError as error:  # What the target remembers is told all the same.
        tell(f"note: {error.message}")
        return None


def _as_data(run: RunStatus, *, is_held: bool | None) -> dict[str, Any]:
    consistency = consistency_as_data(run.consistency)
    has_holder = run.consistency.holder is not None
    return dataclasses.asdict(run) | {
        "consistency": consistency | {"holder_alive": is_held if has_holder else None},
        "tables": [
            dataclasses.asdict(table) | {"snapshots": run.consistency.tables.get(table.label, ())}
            for table in run.tables
        ],
    }


def _tell(run: RunStatus, *, with_all: bool, is_held: bool | None) -> None:
    rows = sum(table.rows for table in run.tables)
    size_bytes = sum(table.size_bytes for table in run.tables)
    show(f"run {run.run_id}  {run.state}")
    show(
        f"  started   {run.started_at:%Y-%m-%d %H:%M:%S}Z"
        + (f", ended {run.finished_at:%H:%M:%S}Z" if run.finished_at else "")
    )
    show(f"  rows      {rows:,} in {size_bytes / 1e6:,.1f} MB")
    show(f"  schema    {run.schema_state}")
    _tell_moments(run.consistency, is_held=is_held)
    problem = run.audit_problem or f"{run.audit_records} records, the chain holds"
    show(f"  audit     {problem}")
    show(f"  key       {run.key_id}")
    states = [table.state for table in run.tables]
    show("  tables    " + ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    for table in run.tables:
        if with_all or table.state in {"copying", "failed"}:
            show(f"    {_line(table)}")


def _tell_moments(consistency: Consistency, *, is_held: bool | None) -> None:
    lead = "  rows of   "
    if consistency.kind == "one snapshot":
        for snapshot in consistency.used:
            show(f"{lead}one snapshot, {moment(snapshot)}")
    else:
        show(f"{lead}mixed snapshots, {len(consistency.mixed_tables)} tables have rows of several")
        for snapshot in consistency.used:
            show(f"    {snapshot.generation}: {moment(snapshot)}, {count_tables(consistency, snapshot)}")
    holder = consistency.holder
    if holder is None:
        return
    alive = {True: "is alive", False: "is gone", None: "may be alive, give --source to see"}[is_held]
    show(
        f'  held      by "{holder.application_name}", session {holder.pid} of the source, since {stamp(holder.since)}, '
        f"until {stamp(holder.until)} at the latest: {alive}"
    )


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
