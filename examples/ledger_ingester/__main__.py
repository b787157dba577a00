"""Runs the ingester: `python examples/ledger_ingester`, on a server of its own or where `--target` says."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path

import asyncpg
from ingester import ingest

from pgsluice.embedded import Server

SCHEMA = Path(__file__).with_name("schema.sql")
SHOWN = """
    SELECT (SELECT count(*) FROM transfers) AS transfers, (SELECT count(DISTINCT ledger) FROM transfers) AS ledgers,
           (SELECT sum(balance) FROM native_balances) AS native_sum, (SELECT count(*) FROM assets) AS assets
"""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", metavar="DSN", help="an empty database; by default a server that lives with this")
    parser.add_argument("--live-from", type=int, default=1001, help="the ledger at which it is begun the first time")
    parser.add_argument("--until", type=int, default=1501, help="the ledger at which it ends")
    return parser.parse_args()


async def run(dsn: str, given: argparse.Namespace) -> None:
    """Make the tables, ingest, show what came of it."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            # IF NOT EXISTS does not wait for another ingester that starts at this moment.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('ledger_ingester'))")
            await connection.execute(SCHEMA.read_text(encoding="utf-8"))
        await ingest(dsn, live_from=given.live_from, end=given.until)
        for row in await connection.fetch(SHOWN):
            print(*(f"{name}={value}" for name, value in row.items()))
    finally:
        await connection.close()


def main() -> None:
    """Run on the given server, or on one that ends with this process."""
    given = arguments()
    with contextlib.ExitStack() as stack:
        dsn = given.target or stack.enter_context(Server()).dsn()
        asyncio.run(run(dsn, given))


if __name__ == "__main__":
    main()
