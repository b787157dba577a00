"""`pgsluice wal`: what SQL writes to the write-ahead log, record by record."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from typing import IO

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.servers import given_server, given_server_or_none
from pgsluice.cli.talk import show, tell
from pgsluice.cli.wal_lines import bill_as_data, lines_of, lines_of_cases
from pgsluice.driver import Dsn
from pgsluice.errors import UsageError
from pgsluice.wal.cases import ROWS as CASE_ROWS
from pgsluice.wal.records import Way

RUNS_MAX = 1000
CASE_ROWS_MAX = 1_000_000
# A server as it is delivered, but for what would write to the log beside the cases.
CASE_SETTINGS = {"autovacuum": "off", "checkpoint_timeout": "1h", "fsync": "on"}


@click.command("wal")
@options.target_option
@click.option("--sql", "file", type=click.File(encoding="utf-8"), metavar="FILE", help='File with SQL; "-" is stdin.')
@click.option("--statement", metavar="SQL", help="SQL; it shows in the list of processes and in the shell's history.")
@click.option("--rollback", "is_rolled_back", is_flag=True, help="Roll the SQL back instead of committing it.")
@click.option(
    "--no-transaction",
    is_flag=True,
    help="Send the SQL as it is: VACUUM, or a COMMIT of its own. The whole server is measured then.",
)
@click.option(
    "--checkpoint-first",
    "has_checkpoint",
    is_flag=True,
    help="Start with a CHECKPOINT: each page is logged whole at its first change, as after every checkpoint.",
)
@click.option(
    "--repeat",
    "runs",
    type=click.IntRange(1, RUNS_MAX),
    default=1,
    show_default=True,
    metavar="N",
    help="Execute the SQL N times; the table is of the run with the median of bytes.",
)
@click.option(
    "--cases",
    "has_cases",
    is_flag=True,
    help="Instead of SQL of yours: upserts of absent, stale and fresh rows by strategy, on a table of their own; "
    "without a target on a server that is started for it.",
)
@click.option(
    "--rows", type=click.IntRange(1, CASE_ROWS_MAX), metavar="N", help=f"Rows a statement of --cases.  [{CASE_ROWS}]"
)
@click.option(
    "--by",
    "way",
    type=click.Choice(["auto", "records", "lsn"]),
    default="auto",
    show_default=True,
    help="records: by pg_walinspect or not at all. lsn: only how far the server's log grows.",
)
@options.json_option
def command(
    *,
    target: str | None,
    file: IO[str] | None,
    statement: str | None,
    is_rolled_back: bool,
    no_transaction: bool,
    has_checkpoint: bool,
    runs: int,
    has_cases: bool,
    rows: int | None,
    way: Way,
    is_json: bool,
) -> None:
    """Execute SQL on the target and show what it writes to the write-ahead log (WAL).

    The SQL is really executed, in one transaction that is committed unless --rollback is given. Where pg_walinspect
    is in the database, or the role is a superuser and can make it for a moment (version 15 and later), the records of
    that transaction are shown by kind and other sessions' left out. Elsewhere the figure is how far the whole
    server's log grew.

    --cases measures upserts instead; docs/concepts/what-an-upsert-costs.md explains its table.
    """
    if has_cases:
        _show_cases(target, file or statement, rows or CASE_ROWS, way, is_json=is_json)
        return
    if rows:
        raise UsageError("--rows goes with --cases")
    sql = _sql(file, statement)
    dsn = given_server(target, role="target")

    async def work() -> list[api.WalBill]:
        return [
            await api.wal(
                dsn,
                sql,
                way=way,
                has_checkpoint=has_checkpoint,
                has_transaction=not no_transaction,
                is_rolled_back=is_rolled_back,
            )
            for _ in range(runs)
        ]

    bills = asyncio.run(work())
    if is_json:
        click.echo(json.dumps({"runs": [bill_as_data(bill) for bill in bills]}, indent=2))
        return
    for line in lines_of(bills):
        show(line)


def _show_cases(target: str | None, sql: object, rows: int, way: Way, *, is_json: bool) -> None:
    """Measure the cases on the target, or on a server of their own where none is given."""
    if sql:
        raise UsageError("expected either --cases or SQL")
    dsn = given_server_or_none(target, role="target")
    with contextlib.ExitStack() as stack:
        if dsn is None:
            from pgsluice.embedded import Server

            server = stack.enter_context(Server(CASE_SETTINGS))
            tell(f"measuring on a server of its own, PostgreSQL {server.version}")
            dsn = Dsn.parse(server.dsn("postgres"), role="target")
        cases = asyncio.run(api.wal_cases(dsn, rows=rows, way=way))
    if is_json:
        data = [dataclasses.asdict(case) | {"bill": bill_as_data(case.bill)} for case in cases]
        click.echo(json.dumps({"cases": data}, indent=2))
        return
    for line in lines_of_cases(cases):
        show(line)


def _sql(file: IO[str] | None, statement: str | None) -> str:
    """Take the SQL from where it was given, once."""
    if (file is None) == (statement is None):
        raise UsageError("expected either --sql or --statement", hint="--sql - reads standard input.")
    return statement if statement is not None else file.read() if file is not None else ""
