"""`pgsluice partitions`: makes partitions ahead, detaches old ones."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime, timedelta
from typing import Any, cast

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.servers import given_server
from pgsluice.cli.talk import show, tell
from pgsluice.config.partitions import UNITS, Unit

_UNITS_OF_KEEP = {"h": "hours", "d": "days", "w": "weeks"}

table_option = click.option(
    "--table", required=True, metavar="NAME", help="schema.table; a name with a dot in it in double quotes."
)
by_option = click.option(
    "--by",
    required=True,
    metavar="UNIT",
    help="day, week, month, year, or a number: the step of keys that are numbers.",
)
zone_option = click.option(
    "--zone", metavar="NAME", help="The zone whose midnights are bounds of timestamptz, like Europe/Berlin.  [UTC]"
)
dry_run_option = click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would be done and do nothing.")


@click.group("partitions")
def command() -> None:
    """Make the RANGE partitions of a table before rows need them, and detach those that are past their keep.

    Keys are of type date, timestamp, timestamptz, smallint, integer or bigint. Bounds of timestamptz are in UTC or
    --zone, weeks begin on Monday, steps are counted from 0. Run it from a schedule, as often as you like and from
    several places.
    """


@command.command("ensure")
@options.target_option
@table_option
@by_option
@zone_option
@click.option("--ahead", type=int, default=3, show_default=True, help="How many partitions after the current one.")
@click.option("--from", "lowest", metavar="KEY", help="Also all from this key on: a day, a moment or a number.")
@click.option("--to", "highest", metavar="KEY", help="Up to this key.")
@click.option(
    "--drain", "is_draining", is_flag=True, help="Give rows in the default partition partitions of their own."
)
@click.option("--made-max", type=int, default=1000, show_default=True, help="How many may be made at once.")
@click.option("--conflict-columns", metavar="A,B", help="Warn if rows cannot be upserted by these columns.")
@click.option(
    "--query-columns", multiple=True, metavar="A,B", help="Warn if a query by these reads all partitions; repeatable."
)
@click.option("--query", multiple=True, metavar="WHERE", help="The same of a WHERE; repeatable.")
@dry_run_option
@options.json_option
def ensure(
    *,
    target: str | None,
    table: str,
    by: str,
    zone: str | None,
    ahead: int,
    lowest: str | None,
    highest: str | None,
    is_draining: bool,
    made_max: int,
    conflict_columns: str | None,
    query_columns: tuple[str, ...],
    query: tuple[str, ...],
    is_dry_run: bool,
    is_json: bool,
) -> None:
    """Make the current partition and those ahead of it where they are missing.

    The current one is that of the server's clock, or of the highest number in the table. A table under pg_partman gets
    its partitions from pg_partman. Rows of a new partition that are in the default one move with it.
    """
    declaration = api.Partitions(by=_by(by), ahead=ahead, made_max=made_max, zone=zone)
    queries = [api.Query(columns=_columns(text)) for text in query_columns]
    queries += [api.Query(where=text) for text in query]
    report = asyncio.run(
        api.ensure_partitions(
            given_server(target, role="target"),
            table,
            declaration,
            between=_between(declaration, lowest, highest),
            is_draining=is_draining,
            is_dry_run=is_dry_run,
            conflict_columns=_columns(conflict_columns or ""),
            queries=queries,
        )
    )
    for advice in report.advice:
        tell(f"warning: {advice.text}")
    if is_json:
        click.echo(json.dumps(_ensured(report), indent=2))
        return
    for made in report.made:
        rows = f", {made.rows_moved:,} rows from the default partition" if made.rows_moved else ""
        show(f"{_done('make', 'made', report)}  {made.label}  from {made.lower} to {made.upper}{rows}")
    if not report.made:
        tell(f"nothing to make: table {report.label} has all partitions")


@command.command("detach")
@options.target_option
@table_option
@by_option
@zone_option
@click.option(
    "--keep", metavar="COUNT", help="How many partitions before the current one stay; or how long: 90d, 12w, 36h."
)
@click.option("--keep-distance", type=int, metavar="N", help="How far back from the highest number keys stay.")
@dry_run_option
@options.json_option
def detach(
    *,
    target: str | None,
    table: str,
    by: str,
    zone: str | None,
    keep: str | None,
    keep_distance: int | None,
    is_dry_run: bool,
    is_json: bool,
) -> None:
    """Take partitions that are wholly older than what stays out of the table; each is a table afterwards, rows and all.

    Others read and write meanwhile, unless there is a default partition: then the table is locked for a moment, as soon
    as it can be had. What was interrupted is finished. Nothing is dropped.
    """
    declaration = api.Partitions(by=_by(by), keep=_keep(keep), keep_distance=keep_distance, zone=zone)
    server = given_server(target, role="target")
    report = asyncio.run(api.detach_partitions(server, table, declaration, is_dry_run=is_dry_run))
    if is_json:
        data = {"table": report.label, "dry_run": report.is_dry_run, "detached": list(report.detached)}
        click.echo(json.dumps(data, indent=2))
        return
    for label in report.detached:
        show(f"{_done('detach', 'detached', report)}  {label}")
    if not report.detached:
        tell(f"nothing to detach: table {report.label} has no partition that is past its keep")


def _ensured(report: api.EnsureReport) -> dict[str, Any]:
    made = [
        {"partition": made.label, "from": made.lower, "to": made.upper, "rows_moved": made.rows_moved}
        for made in report.made
    ]
    warnings = [{"code": advice.code, "text": advice.text} for advice in report.advice]
    return {"table": report.label, "dry_run": report.is_dry_run, "made": made, "warnings": warnings}


def _done(will: str, done: str, report: api.EnsureReport | api.DetachReport) -> str:
    return f"would {will}" if report.is_dry_run else done


def _by(text: str) -> Unit | int:
    if text.isdecimal():
        return int(text)
    if text not in UNITS:
        raise click.BadParameter("expected day, week, month, year or a number", param_hint="--by")
    return cast(Unit, text)


def _keep(text: str | None) -> int | timedelta | None:
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    found = re.fullmatch(r"(\d{1,9})([hdw])", text)
    if found is None:
        raise click.BadParameter("expected a count, or a time like 90d", param_hint="--keep")
    return timedelta(**{_UNITS_OF_KEEP[found[2]]: int(found[1])})


def _between(declaration: api.Partitions, lowest: str | None, highest: str | None) -> tuple[object, object] | None:
    if lowest is None and highest is None:
        return None
    if lowest is None or highest is None:
        raise click.UsageError("--from and --to belong together")
    return _key(declaration, lowest, "--from"), _key(declaration, highest, "--to")


def _key(declaration: api.Partitions, text: str, option: str) -> object:
    try:
        return datetime.fromisoformat(text) if declaration.is_by_time else int(text)
    except ValueError:
        expected = "a day or a moment" if declaration.is_by_time else "a whole number"
        raise click.BadParameter(f"expected {expected}", param_hint=option) from None


def _columns(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))
