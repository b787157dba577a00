"""What a function or a block writes on sessions of its own: the whole server is measured, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from pgsluice import wal
from pgsluice.errors import UsageError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db


async def test_copy_writes_many_rows_in_a_record(hosts_db: Database) -> None:
    async def copy() -> None:
        connection = await hosts_db.connect()
        await connection.copy_records_to_table("hosts", records=[(n, n) for n in range(1001, 2001)])
        await connection.close()

    bill = await wal.measure(hosts_db.dsn, copy)

    assert bill.scope == "server"
    assert 0 < bill.count("Heap2/MULTI_INSERT") < 100
    assert bill.count("Heap/INSERT") == 0
    assert bill.commits == 1


async def test_block_with_three_commits_has_three(hosts_db: Database) -> None:
    connection = await hosts_db.connect()

    async with wal.measuring(hosts_db.dsn) as measured:
        for number in range(3):
            await connection.execute("UPDATE hosts SET seen = seen + 1 WHERE id = $1", number + 1)
    await connection.close()

    assert (measured.bill.commits, measured.bill.updates, measured.bill.hot_share) == (3, 3, 1.0)
    assert "everybody" in (measured.bill.note or "")


async def test_block_that_only_reads_costs_no_commit(hosts_db: Database) -> None:
    async with wal.measuring(hosts_db.dsn) as measured:
        await hosts_db.avalue("SELECT count(*) FROM hosts")

    assert (measured.bill.commits, measured.bill.updates) == (0, 0)


async def test_what_is_written_without_waiting_for_the_disk_is_counted(hosts_db: Database) -> None:
    async with wal.measuring(hosts_db.dsn) as measured:
        await hosts_db.aexecute("SET synchronous_commit = off; UPDATE hosts SET seen = seen + 1")

    assert (measured.bill.commits, measured.bill.updates) == (1, 100)


async def test_bill_is_not_there_before_the_block_has_ended(hosts_db: Database) -> None:
    async with wal.measuring(hosts_db.dsn) as measured:
        with pytest.raises(UsageError):
            _ = measured.bill


async def test_arguments_for_a_function_are_refused(hosts_db: Database) -> None:
    async def work() -> None:
        pytest.fail("was called")

    with pytest.raises(UsageError):
        await wal.measure(hosts_db.dsn, work, 1)


async def test_function_that_is_no_coroutine_is_measured_too(hosts_db: Database) -> None:
    bill = await wal.measure(hosts_db.dsn, lambda: hosts_db.execute("UPDATE hosts SET seen = seen + 1 WHERE id = 1"))

    assert (bill.commits, bill.updates) == (1, 1)


async def test_what_cannot_be_measured_is_told_as_such(hosts_db: Database) -> None:
    """A connection was asked for its `decode`, an unknown way was taken for the default one."""
    connection: Any = await hosts_db.connect()
    nothing, unknown = cast(Any, 5), cast(Any, "recrods")

    with pytest.raises(UsageError, match="expected a DSN"):
        await wal.measure(connection, "SELECT 1")
    with pytest.raises(UsageError, match="expected SQL or a function"):
        await wal.measure(hosts_db.dsn, nothing)
    with pytest.raises(UsageError, match="unrecognized way"):
        await wal.measure(hosts_db.dsn, "SELECT 1", way=unknown)
    await connection.close()


async def test_block_that_names_its_transactions_counts_only_these(hosts_db: Database) -> None:
    connection = await hosts_db.connect()

    async with wal.measuring(hosts_db.dsn) as measured:
        await hosts_db.aexecute("INSERT INTO hosts SELECT n, n FROM generate_series(1001, 1200) AS n")
        for number in range(2):
            async with connection.transaction():
                await connection.execute("UPDATE hosts SET seen = seen + 1 WHERE id = $1", number + 1)
                async with connection.transaction():
                    await connection.execute("DELETE FROM hosts WHERE id = $1", number + 50)
                measured.count_only(int(await connection.fetchval("SELECT pg_current_xact_id()::text")))
    await connection.close()

    bill = measured.bill
    counts = {name: bill.count(f"Heap/{name}") for name in ("HOT_UPDATE", "DELETE", "INSERT")}
    assert counts == {"HOT_UPDATE": 2, "DELETE": 2, "INSERT": 0}
    assert (bill.scope, bill.commits, bill.note) == ("transaction", 2, None)
    assert bill.others_bytes is not None
    assert bill.others_bytes > 200 * 100
