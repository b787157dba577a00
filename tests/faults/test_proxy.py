"""The fault proxy against a real server: each fault is what it says, and without rules nothing changes."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from faults.proxy import (
    COPY_TRAILER,
    WHOLE,
    Edit,
    FaultProxy,
    Fin,
    Pace,
    Reset,
    Rule,
    Side,
    Stall,
    Swallow,
    ThreadedFaultProxy,
    When,
    is_commit_tag,
    is_copy_trailer,
    without_trailer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos]

TIMEOUT_S = 20.0
# What asyncpg says when its connection ends under it, by where it was at that moment.
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TABLE = "CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 5)"


def row(number: int) -> bytes:
    return b"\x00\x01\x00\x00\x00\x04" + number.to_bytes(4, "big")


async def connect(proxy: FaultProxy, database: Database) -> asyncpg.Connection:
    return await asyncpg.connect(proxy.dsn(database.dsn), timeout=TIMEOUT_S, command_timeout=TIMEOUT_S)


async def connect_and_ask(proxy: FaultProxy, database: Database) -> None:
    connection = await connect(proxy, database)
    try:
        await connection.execute(f"SELECT '{'x' * 400}'")
    finally:
        connection.terminate()


async def copied(database: Database, rules: Sequence[Rule]) -> bytes:
    """Return the bytes of a binary COPY of the table through a proxy with these rules."""
    output = io.BytesIO()
    async with FaultProxy.before(database.dsn, rules) as proxy:
        connection = await connect(proxy, database)
        try:
            await connection.copy_from_query("SELECT id FROM item ORDER BY id", output=output, format="binary")
            assert await connection.fetchval("SELECT 1") == 1
        finally:
            connection.terminate()
    return output.getvalue()


async def test_proxy_without_rules_changes_nothing(source_db: Database) -> None:
    source_db.execute(TABLE)

    expected = SIGNATURE + b"".join(row(number) for number in range(1, 6)) + COPY_TRAILER

    assert await copied(source_db, []) == expected
    async with FaultProxy.before(source_db.dsn) as proxy:
        connection = await connect(proxy, source_db)
        assert await connection.fetchval("SELECT repeat('x', 3000000)") == "x" * 3_000_000
        await connection.copy_to_table("item", source=io.BytesIO(b"6\n7\n"))
        await connection.close()
    assert source_db.value("SELECT count(*) FROM item") == 7


async def test_proxy_many_connections_at_once_are_apart(source_db: Database) -> None:
    async def ask(proxy: FaultProxy, number: int) -> Any:
        connection = await connect(proxy, source_db)
        try:
            return await connection.fetchval("SELECT $1::int", number)
        finally:
            await connection.close()

    async with FaultProxy.before(source_db.dsn) as proxy:
        found = await asyncio.gather(*(ask(proxy, number) for number in range(10)))

    assert found == list(range(10))


@pytest.mark.parametrize("offset", [0, 1, 4, 5, 9, WHOLE])
@pytest.mark.parametrize("action", [Reset(), Fin()])
async def test_end_inside_a_message_is_seen_by_the_client_once(
    source_db: Database, action: Reset | Fin, offset: int
) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"D", nth=2, offset=offset), action)
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)

        with pytest.raises(LOST):
            await connection.fetch("SELECT generate_series(1, 3)")
        connection.terminate()

        second = await connect(proxy, source_db)
        assert len(await second.fetch("SELECT generate_series(1, 3)")) == 3
        await second.close()
    assert proxy.fired == {rule: 1}


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("byte", [0, 1, 7, 8, 30, 50, 90, 200, 330])
async def test_reset_at_a_byte_ends_connecting_or_the_first_query(source_db: Database, side: Side, byte: int) -> None:
    rule = Rule(When(side, byte=byte), Reset())
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        with pytest.raises(LOST):
            await connect_and_ask(proxy, source_db)

    assert proxy.fired[rule] == 1


async def test_reset_is_a_reset_and_fin_is_an_orderly_end(source_db: Database) -> None:
    start_up = b"\0\x03\0\0user\0nobody\0\0"
    packet = (len(start_up) + 4).to_bytes(4, "big") + start_up
    rules = [Rule(When(Side.BACKEND, kind=b"R", offset=3), action) for action in (Reset(), Fin())]
    async with FaultProxy.before(source_db.dsn, rules[:1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(packet)
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(100)
        writer.close()

    async with FaultProxy.before(source_db.dsn, rules[1:]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(packet)
        assert await reader.read() == b"R\0\0"
        writer.close()


async def test_fin_from_the_client_ends_the_session(source_db: Database) -> None:
    rule = Rule(When(Side.FRONTEND, kind=b"Q", payload=lambda payload: b"item" in payload), Fin())
    source_db.execute(TABLE)
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)

        with pytest.raises(LOST):
            await connection.execute("DELETE FROM item")
        connection.terminate()

    assert source_db.value("SELECT count(*) FROM item") == 5


@pytest.mark.parametrize("is_both", [False, True])
async def test_stall_keeps_the_connection_open_and_silent(source_db: Database, is_both: bool) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"C", offset=2), Stall(is_both=is_both))
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)

        with pytest.raises(TimeoutError):
            await connection.execute("SELECT 1", timeout=0.3)

        assert not connection.is_closed()
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        assert await source_db.avalue(sessions) == 2
        connection.terminate()


@pytest.mark.parametrize("then", [Reset(), Fin()])
async def test_swallowed_answer_to_commit_leaves_the_row_committed(source_db: Database, then: Reset | Fin) -> None:
    source_db.execute(TABLE)
    rule = Rule(When(Side.BACKEND, kind=b"C", payload=is_commit_tag), Swallow(then=then))
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)

        with pytest.raises(LOST):
            async with connection.transaction():
                await connection.execute("INSERT INTO item VALUES (6)")
        connection.terminate()

    assert proxy.fired[rule] == 1
    assert source_db.value("SELECT count(*) FROM item") == 6


async def test_reset_before_commit_is_sent_leaves_nothing(source_db: Database) -> None:
    source_db.execute(TABLE)
    rule = Rule(When(Side.FRONTEND, kind=b"Q", payload=lambda payload: b"COMMIT" in payload), Reset())
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)

        with pytest.raises(LOST):
            async with connection.transaction():
                await connection.execute("INSERT INTO item VALUES (6)")
        connection.terminate()

    assert source_db.value("SELECT count(*) FROM item") == 5


COPY_FAULTS = {
    "trailer dropped": (
        Rule(When(Side.BACKEND, b"d", payload=is_copy_trailer), Swallow()),
        [1, 2, 3, 4, 5],
        b"",
    ),
    "trailer cut": (
        Rule(When(Side.BACKEND, b"d", last=WHOLE), Edit(without_trailer)),
        [1, 2, 3, 4, 5],
        b"",
    ),
    "end dropped": (Rule(When(Side.BACKEND, b"d", nth=4, last=WHOLE), Swallow()), [1, 2, 3], b""),
    "end dropped, trailer kept": (
        Rule(
            When(Side.BACKEND, b"d", nth=4, last=WHOLE, payload=lambda payload: not is_copy_trailer(payload)),
            Swallow(),
        ),
        [1, 2, 3],
        COPY_TRAILER,
    ),
    "middle dropped": (Rule(When(Side.BACKEND, b"d", nth=2, last=3), Swallow()), [1, 4, 5], COPY_TRAILER),
    "row edited": (
        Rule(When(Side.BACKEND, b"d", nth=5), Edit(lambda payload: row(9))),
        [1, 2, 3, 4, 9],
        COPY_TRAILER,
    ),
}


@pytest.mark.parametrize("name", COPY_FAULTS)
async def test_copy_out_loses_what_the_rule_says_and_ends_cleanly(source_db: Database, name: str) -> None:
    source_db.execute(TABLE)
    rule, rows, trailer = COPY_FAULTS[name]
    # The header shares the first row's message, so that row is never the one dropped here.
    expected = SIGNATURE + b"".join(map(row, rows)) + trailer

    assert await copied(source_db, [rule]) == expected


async def test_copy_in_dropped_message_is_not_noticed_by_the_server(target_db: Database) -> None:
    target_db.execute("CREATE TABLE item (id int PRIMARY KEY)")
    rule = Rule(When(Side.FRONTEND, b"d", nth=2), Swallow())

    async def chunks() -> Any:
        for number in range(3):
            yield f"{number}\n".encode()

    async with FaultProxy.before(target_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, target_db)
        status = await connection.copy_to_table("item", source=chunks())
        await connection.close()

    assert status == "COPY 2"
    assert [record["id"] for record in target_db.fetch("SELECT id FROM item ORDER BY id")] == [0, 2]


async def test_slices_of_one_byte_both_ways_change_nothing(source_db: Database) -> None:
    source_db.execute(TABLE)
    rules = [Rule(When(side), Pace(slice_bytes=1)) for side in Side]

    assert await copied(source_db, rules) == await copied(source_db, [])


async def test_delay_is_kept_for_each_message(source_db: Database) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"D"), Pace(delay_s=0.05))
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)
        start = time.monotonic()

        await connection.execute("SELECT generate_series(1, 4)")

        assert time.monotonic() - start >= 4 * 0.05
        await connection.close()


async def test_rate_is_kept(source_db: Database) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"T"), Pace(bytes_per_second=100_000))
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        connection = await connect(proxy, source_db)
        start = time.monotonic()

        assert len((await connection.fetchrow("SELECT repeat('x', 50000)"))[0]) == 50_000

        assert time.monotonic() - start >= 0.4
        await connection.close()


async def test_rule_not_once_fires_on_each_connection(source_db: Database) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"Z"), Reset(), is_once=False)
    async with FaultProxy.before(source_db.dsn, [rule]) as proxy:
        for _ in range(3):
            with pytest.raises(LOST):
                await connect(proxy, source_db)
        await proxy.until_fired(rule)

    assert proxy.fired[rule] == 3


async def test_server_gone_is_an_end_for_the_client() -> None:
    async with FaultProxy("127.0.0.1", 1) as proxy:
        with pytest.raises(LOST):
            await asyncpg.connect(proxy.dsn("postgresql://a:b@127.0.0.1:1/x"), timeout=TIMEOUT_S)


def test_threaded_proxy_serves_another_process(source_db: Database) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"D", payload=lambda payload: b"second" in payload), Reset())
    command = [source_db.server.binaries / "psql", "-X", "-A", "-t", "-c"]
    with ThreadedFaultProxy(source_db.dsn, [rule]) as proxy:
        environment = os.environ | {"PGDATABASE": proxy.dsn()}
        found = [
            subprocess.run(
                [*command, f"SELECT '{word}'", "-d", proxy.dsn()],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_S,
            )
            for word in ("first", "second", "third")
        ]
        proxy.until_fired(rule)

    assert [(ended.returncode, ended.stdout) for ended in found] == [(0, "first\n"), (2, ""), (0, "third\n")]
    assert proxy.fired[rule] == 1
