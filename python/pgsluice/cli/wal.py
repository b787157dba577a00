"""`pgsluice wal`: what SQL writes to the write-ahead log, record by record."""

from __future__ import annotations

import asyncio
import json
from typing import IO

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.servers import given_server
from pgsluice.cli.talk import show
from pgsluice.cli.wal_lines import bill_as_data, lines_of
from pgsluice.errors import UsageError
from pgsluice.wal.records import Way

RUNS_MAX = 1000


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
    way: Way,
    is_json: bool,
) -> None:
    """Execute SQL on the target and show what it writes to the write-ahead log (WAL).

    The SQL is really executed, in one transaction that is committed unless --rollback is given. Where pg_walinspect
    is in the database, or the role is a superuser and can make it for a moment (version 15 and later), the records of
    that transaction are shown by kind and other sessions' left out. Elsewhere the figure is how far the whole
    server's log grew.
    """
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


def _sql(file: IO[str] | None, statement: str | None) -> str:
    """Take the SQL from where it was given, once."""
    if (file is None) == (statement is None):
        raise UsageError("expected either --sql or --statement", hint="--sql - reads standard input.")
    text = statement if statement is not None else file.read() if file is not None else ""
    if not text.strip():
        raise UsageError("there is no SQL to execute")
    return text
