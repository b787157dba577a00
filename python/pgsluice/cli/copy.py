"""`pgsluice copy`: the copy itself, with its progress and its report."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any, Literal

import click

from pgsluice import api
from pgsluice.cli import copy_options, options
from pgsluice.cli.moments import consistency_as_data, tell_consistency
from pgsluice.cli.objects_text import tell_objects
from pgsluice.cli.progress import progress_for
from pgsluice.cli.servers import given_server
from pgsluice.cli.talk import tell
from pgsluice.errors import UsageError
from pgsluice.hardening import forbid_core_dumps
from pgsluice.pipeline.settings import CopySettings

_DEFAULTS = CopySettings()
# The server's own limit, idle_in_transaction_session_timeout, has no more than 24 days.
_HOLD_HOURS_MAX = 500


@click.command("copy")
@options.source_option
@options.target_option
@options.rules_option
@options.key_file_option
@options.key_descriptor_option
@click.option("--random-key", is_flag=True, help="A key for this run only: nothing can be linked, nothing resumed.")
@options.tables_option
@copy_options.jobs_option
@copy_options.without_extension_option
@copy_options.rights_option
@copy_options.large_objects_option
@click.option(
    "--hold-snapshot",
    is_flag=True,
    help="Keep the snapshot in a process of its own, so that a killed copy goes on under the same one. It holds back "
    "vacuum on the source until the copy is done or the hours are over.",
)
@click.option(
    "--hold-hours",
    type=click.FloatRange(min=0, max=_HOLD_HOURS_MAX, min_open=True),
    default=24.0,
    show_default=True,
    help="How long --hold-snapshot holds it at most.",
)
@click.option("--restart", is_flag=True, help="Forget an earlier run: empty its tables and begin anew.")
@click.option(
    "--batch-rows",
    type=click.IntRange(1),
    default=_DEFAULTS.batch_rows,
    show_default=True,
    help="Rows a batch has at least.",
)
@click.option(
    "--batch-bytes",
    type=click.IntRange(1),
    default=_DEFAULTS.batch_bytes,
    show_default=True,
    help="Bytes a batch has about, if that is more rows.",
)
@click.option(
    "--batch-bytes-max",
    type=click.IntRange(1),
    default=_DEFAULTS.batch_bytes_max,
    show_default=True,
    help="Bytes a batch has at most: what bounds the memory.",
)
@click.option(
    "--slice-bytes",
    type=click.IntRange(1),
    default=_DEFAULTS.slice_bytes,
    show_default=True,
    help="Bytes a slice of a large table has at least, where there is more than one job.",
)
@click.option(
    "--extract",
    type=click.Choice(["copy", "select"]),
    default="copy",
    show_default=True,
    help="How to read: select is for sources that refuse COPY.",
)
@click.option("--no-analyze", is_flag=True, help="Leave out the VACUUM and ANALYZE at the end.")
@click.option(
    "--audit-directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the audit file goes; else the user's state directory.",
)
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
    random_key: bool,
    tables: tuple[str, ...],
    jobs: int,
    without_extensions: tuple[str, ...],
    has_rights: bool,
    has_large_objects: bool,
    hold_snapshot: bool,
    hold_hours: float,
    restart: bool,
    batch_rows: int,
    batch_bytes: int,
    batch_bytes_max: int,
    slice_bytes: int,
    extract: Literal["copy", "select"],
    no_analyze: bool,
    audit_directory: Path | None,
    allow_core_dumps: bool,
    is_json: bool,
) -> None:
    """Copy and mask the source into the target; run again, it goes on where it stopped.

    An empty target gets the source's schema (pg_dump is found by itself). Every column must be
    decided by the rules, or nothing is copied.
    """
    source_dsn = given_server(source, role="source")
    target_dsn = given_server(target, role="target")
    if rules is None:
        raise UsageError("no rules file was given", hint='Give --rules FILE; "pgsluice plan" lists what to decide.')
    key = options.required_key(key_file, key_descriptor, is_random=random_key)
    if not allow_core_dumps:
        forbid_core_dumps()
    settings = CopySettings(
        batch_rows=batch_rows,
        batch_bytes=batch_bytes,
        batch_bytes_max=max(batch_bytes_max, batch_bytes),
        jobs=jobs,
        without_extensions=without_extensions,
        has_rights=has_rights,
        has_large_objects=has_large_objects,
        slice_bytes=slice_bytes,
        extract=extract,
        is_analyzing=not no_analyze,
        hold_s=hold_hours * 3600 if hold_snapshot else None,
    )
    progress = progress_for()
    with progress:
        report = run_until_signal(
            api.copy(
                source_dsn,
                target_dsn,
                rules,
                key,
                audit_directory=audit_directory or options.state_directory(),
                tables=tables,
                is_restart=restart,
                settings=settings,
                observer=progress,
            )
        )
    if is_json:
        click.echo(json.dumps(_as_data(report, progress.seconds), indent=2))
    _tell(report, progress.seconds)
    api.raise_if_failed(report)


def run_until_signal(work: Any) -> Any:
    """Run a coroutine; the first SIGINT or SIGTERM ends it cleanly, a second one at once."""

    async def main() -> Any:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_DFL)
            if task is not None:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        return await work

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _tell(report: api.CopyReport, seconds: float) -> None:
    if report.was_already_done:
        for note in report.notes:
            tell(f"note: {note}")
        tell(f"nothing to do: run {report.run_id} is done; --restart copies anew")
        return
    for table in report.failed:
        if table.error is not None:
            tell(f"failed: {table.label}: {table.error.message}")
            for line in filter(None, (table.error.detail, table.error.hint and f"hint: {table.error.hint}")):
                tell(f"  {line}")
    tell_objects(report.objects_failed)
    for note in report.notes:
        tell(f"note: {note}")
    tell_consistency(report.consistency)
    rows = sum(table.rows for table in report.tables)
    done = len(report.tables) - len(report.failed)
    how = "resumed and " if report.is_resumed else ""
    end = "ended" if report.failed or report.objects_failed else "finished"
    if report.large_objects is not None:
        size_mb = report.large_objects.size_bytes / 1e6
        tell(f"large objects: {report.large_objects.objects:,}, {size_mb:,.1f} MB, as they were")
    tell(f"{how}{end}: {done} of {len(report.tables)} tables, {rows:,} rows, {seconds:.1f} s")
    tell(f"audit: {report.audit_file}")


def _as_data(report: api.CopyReport, seconds: float) -> dict[str, Any]:
    return {
        "run_id": str(report.run_id),
        "state": "failed" if report.failed or report.objects_failed else "done",
        "already_done": report.was_already_done,
        "resumed": report.is_resumed,
        "snapshots": report.snapshot_count,
        "consistency": consistency_as_data(report.consistency),
        "seconds": round(seconds, 3),
        "audit_file": str(report.audit_file),
        "notes": list(report.notes),
        "large_objects": report.large_objects
        and {"objects": report.large_objects.objects, "bytes": report.large_objects.size_bytes},
        "objects_failed": [
            {
                "object": item.label,
                "needs": item.needs,
                "error": item.error.code,
                "message": item.error.message,
                "detail": item.error.detail,
            }
            for item in report.objects_failed
        ],
        "tables": [
            {
                "table": table.label,
                "state": table.state,
                "rows": table.rows,
                "format": table.copy_format,
                "snapshots": list(report.consistency.tables.get(table.label, ())),
                "error": table.error.code if table.error else None,
                "message": table.error.message if table.error else None,
            }
            for table in report.tables
        ],
    }
