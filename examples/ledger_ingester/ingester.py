"""The ingester: history by COPY, the present by upserts, side by side, and every range exactly once.

It may be killed at any moment. What is written, and how far that goes, is one transaction: the cursor "ledgers" knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import chain

from pgsluice import Batch, Table, Writer, WriterSettings

CURSOR = "ledgers"
#: A backfill's batch: large enough that a COPY pays, small enough that a kill costs little.
RANGE_LEDGERS = 20

HISTORY = {
    # A live batch may meet nothing new after a restart; history is new for certain.
    "transfers": Table(strategy="ignore", backfill="copy"),
    "assets": Table(strategy="ignore"),
    "account_tokens": Table(strategy="ignore"),
}
BALANCES = {table: Table() for table in chain.TABLES.values()}


async def populate(dsn: str, live_from: int) -> int:
    """Fill the empty tables of balances by COPY, once; give the ledger that they are from, which a restart keeps."""
    tables = {name: Table(strategy="copy") for name in BALANCES}
    async with Writer(dsn, tables) as writer:
        populated = await writer.position("balances")
        if populated is None:
            async with writer.batch("balances", 0, live_from) as batch:
                for table, rows in chain.state_before(live_from).rows().items():
                    await batch.write(table, rows)
    return populated or live_from


async def backfill(dsn: str, end: int) -> None:
    """Write the history before a ledger: what is missing of it, in ranges side by side and in any order."""
    async with Writer(dsn, HISTORY, context="backfill", settings=WriterSettings(sessions_max=3)) as writer:

        async def one(start: int, behind: int) -> None:
            async with writer.batch(CURSOR, start, behind) as batch:
                for ledger in range(start, behind):
                    await write_history(batch, chain.transfers(ledger))
            print(f"backfill {start} {behind}", flush=True)

        missing = await writer.gaps(CURSOR, 1, end)
        await asyncio.gather(*(one(*piece) for gap in missing for piece in pieces(*gap)))


async def follow(dsn: str, live_from: int, end: int) -> None:
    """Write each ledger as it closes: all tables and the cursor in one statement, one round trip."""
    async with Writer(dsn, HISTORY | BALANCES) as writer:
        next_ledger = await writer.position(CURSOR) or live_from
        for close in chain.closes(next_ledger, end):
            async with writer.batch(CURSOR, close.number, close.number + 1) as batch:
                await write_history(batch, close.transfers)
                for table, rows in close.balances.items():
                    await batch.write(table, rows)
            print(f"live {close.number}", flush=True)


async def write_history(batch: Batch, happened: list[chain.Transfer]) -> None:
    """Add what happened and what it tells of assets and tokens."""
    await batch.write("transfers", happened)
    await batch.write("assets", {(moved.asset, moved.kind) for moved in happened})
    tokens = {(who, moved.asset) for moved in happened if moved.kind == "token" for who in (moved.payer, moved.payee)}
    await batch.write("account_tokens", tokens)


def pieces(start: int, end: int) -> Iterable[tuple[int, int]]:
    """Cut a range."""
    return ((first, min(first + RANGE_LEDGERS, end)) for first in range(start, end, RANGE_LEDGERS))


async def ingest(dsn: str, *, live_from: int, end: int) -> None:
    """Do everything that is left to do."""
    live_from = await populate(dsn, live_from)
    print(f"populated {live_from}", flush=True)
    await asyncio.gather(backfill(dsn, live_from), follow(dsn, live_from, end))
