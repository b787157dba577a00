"""What the Writer's flushes write to the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice import Table, Writer, wal
from wal_bill.conftest import ROWS

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

FRESH = [(number, number) for number in range(1, ROWS + 1)]
STALE = [(number, 0) for number in range(1, ROWS + 1)]


async def flushed(database: Database, strategy: str, rows: list[tuple[int, int]]) -> wal.WalBill:
    """Measure a flush of rows; the Writer has its sessions and has asked for the table before."""
    async with Writer(database.dsn, {"hosts": Table(strategy=strategy)}, context="live") as writer:
        await writer.write("hosts", FRESH[:1])
        await writer.flush()
        async with wal.measuring(database.dsn) as measured:
            await writer.write("hosts", rows)
            await writer.flush()
    return measured.bill


@pytest.mark.parametrize("strategy", ["quiet_upsert", "cte_upsert"])
async def test_quiet_flush_of_fresh_rows_writes_nothing_and_commits_nothing(hosts_db: Database, strategy: str) -> None:
    bill = await flushed(hosts_db, strategy, FRESH)

    assert bill.commits == 0
    assert [kind.name for kind in bill.kinds if kind.name.startswith(("Heap/", "Btree/", "Transaction/"))] == []


@pytest.mark.parametrize("strategy", ["upsert", "quiet_upsert", "cte_upsert"])
async def test_flush_of_stale_rows_is_one_commit_and_all_hot(hosts_db: Database, strategy: str) -> None:
    bill = await flushed(hosts_db, strategy, STALE)

    assert (bill.commits, bill.count("Heap/HOT_UPDATE"), bill.hot_share) == (1, ROWS, 1.0)
