"""What SQL writes, told record by record; EXPLAIN (WAL) of the same work on a twin table says what is right."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from pgsluice import wal
from pgsluice.errors import ServerError, UsageError
from servers import fresh_database, running_server
from wal_bill.conftest import HOSTS, ROWS

if TYPE_CHECKING:
    import asyncpg

    from servers import Database

pytestmark = pytest.mark.db

FRESH = f"SELECT n AS id, n AS seen FROM generate_series(1, {ROWS}) AS n"
QUIET = f"""
    INSERT INTO hosts SELECT f.* FROM ({FRESH}) AS f LEFT JOIN hosts AS h ON h.id = f.id
     WHERE h.id IS NULL OR h.seen IS DISTINCT FROM f.seen ORDER BY f.id
        ON CONFLICT (id) DO UPDATE SET seen = EXCLUDED.seen WHERE hosts.seen IS DISTINCT FROM EXCLUDED.seen
"""
GUARDED = f"""
    INSERT INTO hosts {FRESH}
        ON CONFLICT (id) DO UPDATE SET seen = EXCLUDED.seen WHERE hosts.seen IS DISTINCT FROM EXCLUDED.seen
"""
WAIT_S = 30.0


def counts(bill: wal.WalBill, *prefixes: str) -> dict[str, int]:
    """The numbers of records of some resource managers."""
    return {kind.name: kind.count for kind in bill.kinds if kind.name.startswith(prefixes)}


async def test_quiet_upsert_of_fresh_rows_writes_no_record_and_no_commit(hosts_db: Database) -> None:
    bill = await wal.measure(hosts_db.dsn, QUIET)

    assert (bill.source, bill.scope) == ("pg_walinspect", "transaction")
    assert (bill.bytes, bill.records, bill.commits, bill.rows_changed) == (0, 0, 0, 0)


async def test_guarded_upsert_of_fresh_rows_locks_each_of_them_and_commits(hosts_db: Database) -> None:
    bill = await wal.measure(hosts_db.dsn, GUARDED)

    assert counts(bill, "Heap/", "Transaction/") == {"Heap/LOCK": ROWS, "Transaction/COMMIT": 1}
    assert (bill.locks, bill.commits, bill.rows_changed, bill.hot_share) == (ROWS, 1, 0, None)


async def test_inserts_cost_what_explain_says_and_a_commit(target_db: Database) -> None:
    target_db.execute("CREATE TABLE one (id int, a text); CREATE TABLE twin (LIKE one)")
    insert = "INSERT INTO {} SELECT n, 'some text' FROM generate_series(1, 2000) AS n"
    explained = target_db.value("EXPLAIN (ANALYZE, WAL, FORMAT JSON) " + insert.format("twin"))
    (expected,) = json.loads(explained)

    bill = await wal.measure(target_db.dsn, insert.format("one"))

    heap = [kind for kind in bill.kinds if kind.name.startswith("Heap/")]
    # A commit record without anything beside it has 34 bytes in every version.
    assert sum(kind.count for kind in heap) == expected["Plan"]["WAL Records"]
    assert sum(kind.bytes for kind in heap) == expected["Plan"]["WAL Bytes"]
    assert [(k.count, k.bytes) for k in bill.kinds if k.name == "Transaction/COMMIT"] == [(1, 34)]
    assert bill.rows_changed == 2000


async def test_updates_beside_the_old_row_are_all_hot(hosts_db: Database) -> None:
    bill = await wal.measure(hosts_db.dsn, "UPDATE hosts SET seen = seen + 1")

    assert (bill.updates, bill.hot_updates, bill.hot_share) == (ROWS, ROWS, 1.0)
    assert counts(bill, "Btree/") == {}


async def test_updates_of_an_indexed_column_are_not_hot(hosts_db: Database) -> None:
    hosts_db.execute("CREATE INDEX ON hosts (seen)")

    bill = await wal.measure(hosts_db.dsn, "UPDATE hosts SET seen = seen + 1000")

    assert bill.hot_share == 0.0
    assert sum(counts(bill, "Btree/INSERT").values()) == 2 * ROWS


async def test_first_change_of_a_page_after_a_checkpoint_logs_the_page(target_db: Database) -> None:
    # Not vacuumed: an update of a vacuumed page changes the visibility map's page too, and some versions log that.
    target_db.execute(HOSTS)
    target_db.execute("SELECT count(*) FROM hosts")
    update = "UPDATE hosts SET seen = seen + 1 WHERE id = 1"

    first = await wal.measure(target_db.dsn, update, has_checkpoint=True)
    second = await wal.measure(target_db.dsn, update)

    def images(bill: wal.WalBill) -> list[int]:
        return [kind.images for kind in bill.kinds if kind.name == "Heap/HOT_UPDATE"]

    assert images(first) == [1]
    assert images(second) == [0]
    assert first.images is not None
    assert first.images >= 1
    assert first.image_bytes is not None
    assert first.image_bytes > 1000


async def test_records_of_subtransactions_are_the_transactions(hosts_db: Database) -> None:
    bill = await wal.measure(
        hosts_db.dsn,
        """DO $$ BEGIN FOR i IN 1001..1005 LOOP
             BEGIN INSERT INTO hosts VALUES (i, i); EXCEPTION WHEN unique_violation THEN NULL; END;
           END LOOP; END $$""",
    )

    assert counts(bill, "Heap/INSERT") == {"Heap/INSERT": 5}
    assert (bill.others_bytes, bill.commits) == (0, 1)


async def test_rollback_leaves_nothing_and_shows_what_was_written(hosts_db: Database) -> None:
    bill = await wal.measure(hosts_db.dsn, "INSERT INTO hosts VALUES (1001, 1), (1002, 1)", is_rolled_back=True)

    assert counts(bill, "Heap/", "Transaction/") == {"Heap/INSERT": 2, "Transaction/ABORT": 1}
    assert bill.commits == 0
    assert await hosts_db.avalue("SELECT count(*) FROM hosts") == ROWS


async def test_other_sessions_records_are_told_apart(hosts_db: Database) -> None:
    other = await hosts_db.connect()
    try:
        await other.execute("BEGIN; UPDATE hosts SET seen = 0 WHERE id = 7")
        measuring = asyncio.create_task(wal.measure(hosts_db.dsn, "UPDATE hosts SET seen = 1 WHERE id = 8 OR id = 7"))
        await until_somebody_waits(other)
        await other.execute("INSERT INTO hosts SELECT n, n FROM generate_series(1001, 1500) AS n; COMMIT")
        bill = await measuring
    finally:
        await other.close()

    assert counts(bill, "Heap/INSERT", "Heap/HOT_UPDATE", "Transaction/") == {
        "Heap/HOT_UPDATE": 2,
        "Transaction/COMMIT": 1,
    }
    # 500 rows of 8 bytes: tuple headers, record headers and index entries are more than 100 bytes a row.
    assert bill.others_bytes is not None
    assert bill.others_bytes > 500 * 100
    assert bill.bytes < 5000


async def test_arguments_reach_the_statement(hosts_db: Database) -> None:
    bill = await wal.measure(
        hosts_db.dsn, "INSERT INTO hosts SELECT * FROM unnest($1::int[], $2::int[])", [1001, 1002], [1, 1]
    )

    assert counts(bill, "Heap/") == {"Heap/INSERT": 2}


async def test_sql_sees_the_names_and_settings_of_its_role(hosts_db: Database) -> None:
    hosts_db.execute("CREATE SCHEMA mine; CREATE TABLE mine.deep (a date)")
    hosts_db.execute(f'ALTER DATABASE "{hosts_db.name}" SET search_path TO mine')
    hosts_db.execute(f"ALTER DATABASE \"{hosts_db.name}\" SET datestyle TO 'ISO, DMY'")

    bill = await wal.measure(hosts_db.dsn, "INSERT INTO deep VALUES ('03/02/2001')")

    assert bill.rows_changed == 1
    assert str(await hosts_db.avalue("SELECT a FROM mine.deep")) == "2001-02-03"


async def test_refused_sql_writes_nothing_and_tells_no_value(hosts_db: Database) -> None:
    with pytest.raises(ServerError) as refused:
        await wal.measure(hosts_db.dsn, "INSERT INTO hosts VALUES (1001, 1), (77, 1)")

    assert refused.value.sqlstate == "23505"
    assert "77" not in f"{refused.value}{refused.value.detail}{refused.value.hint}"
    assert await hosts_db.avalue("SELECT count(*) FROM hosts") == ROWS


async def test_vacuum_goes_without_a_transaction_only(hosts_db: Database) -> None:
    with pytest.raises(ServerError) as refused:
        await wal.measure(hosts_db.dsn, "VACUUM hosts")
    hosts_db.execute("DELETE FROM hosts WHERE id < 50")
    bill = await wal.measure(hosts_db.dsn, "VACUUM hosts", has_transaction=False)

    assert "25001 (active_sql_transaction)" in (refused.value.detail or "")
    assert "--no-transaction" in (refused.value.hint or "")
    assert bill.scope == "server"
    assert bill.count("Btree/VACUUM") == 1


async def test_a_commit_inside_of_the_sql_makes_it_the_servers_bill(hosts_db: Database) -> None:
    bill = await wal.measure(
        hosts_db.dsn, "INSERT INTO hosts VALUES (1001, 1); COMMIT; INSERT INTO hosts VALUES (1002, 1)"
    )

    assert (bill.scope, bill.commits) == ("server", 2)
    assert "everybody" in (bill.note or "")


async def test_rollback_without_a_transaction_is_refused(hosts_db: Database) -> None:
    with pytest.raises(UsageError):
        await wal.measure(hosts_db.dsn, "SELECT 1", has_transaction=False, is_rolled_back=True)


async def test_no_op_waits_for_the_disk_only_where_it_writes() -> None:
    with running_server(fsync=True) as server, fresh_database(server, "wal") as database:
        database.execute(HOSTS)

        guarded = await wal.measure(database.dsn, GUARDED)
        quiet = await wal.measure(database.dsn, QUIET)
        rolled_back = await wal.measure(database.dsn, GUARDED, is_rolled_back=True)

    is_counted = int(server.version.partition(".")[0]) >= 18
    assert [guarded.syncs, quiet.syncs, rolled_back.syncs] == ([1, 0, 0] if is_counted else [None] * 3)


@pytest.mark.parametrize("sql", ["", " ;\n", "-- only a comment", "/* one\n of two lines */ ;"])
async def test_sql_that_says_nothing_is_refused(hosts_db: Database, sql: str) -> None:
    with pytest.raises(UsageError):
        await wal.measure(hosts_db.dsn, sql)


async def test_copy_from_stdin_is_refused(hosts_db: Database) -> None:
    """The driver waits for ever for an answer to it, and so would the command."""
    with pytest.raises(UsageError):
        await wal.measure(hosts_db.dsn, "COPY hosts (id, seen)\n  from STDIN")


async def test_commit_that_is_refused_has_no_hint_about_copies(hosts_db: Database) -> None:
    hosts_db.execute("CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1)")

    with pytest.raises(ServerError) as refused:
        await wal.measure(hosts_db.dsn, "INSERT INTO late VALUES (1)")

    assert (refused.value.sqlstate, refused.value.hint) == ("23505", None)


async def until_somebody_waits(connection: asyncpg.Connection) -> None:
    deadline = asyncio.get_running_loop().time() + WAIT_S
    is_waiting = False
    while not is_waiting:
        assert asyncio.get_running_loop().time() < deadline, "nobody waits for the lock"
        await asyncio.sleep(0.01)
        is_waiting = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")


async def test_log_that_is_read_in_pieces_gives_the_same_bill(
    target_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = "INSERT INTO {} SELECT n, repeat('x', 100) FROM generate_series(1, 3000) AS n"
    savepoint = "DO $$ BEGIN BEGIN {}; EXCEPTION WHEN division_by_zero THEN NULL; END; END $$"
    target_db.execute("CREATE TABLE whole (id int, a text); CREATE TABLE pieces (LIKE whole)")

    whole = await wal.measure(target_db.dsn, savepoint.format(insert.format("whole")))
    # Shorter than the record of one page: pieces without a whole record are made longer.
    monkeypatch.setattr("pgsluice.wal.records.PIECE_BYTES", 100)
    pieces = await wal.measure(target_db.dsn, savepoint.format(insert.format("pieces")))

    assert counts(pieces, "Heap/") == counts(whole, "Heap/")
    assert sum(counts(pieces, "Heap/").values()) == 3000
    assert pieces.others_bytes == 0
