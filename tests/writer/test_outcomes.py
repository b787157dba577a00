"""A flush tells of each row whether it was inserted, updated or left alone, on old and new servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import BlockingWriter, Table, Writer, WriterSettings
from pgsluice.errors import PlanRefusedError
from servers import fresh_database
from versions.majors import Majors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database

pytestmark = pytest.mark.db

COUNTS = """
    CREATE TABLE counts (day date, name text, n int, at int, PRIMARY KEY (day, name)) {};
    INSERT INTO counts VALUES ('2026-01-01', 'a', 1, 1), ('2026-01-01', 'b', 2, 1)
"""
PARTITIONED = """PARTITION BY RANGE (day);
    CREATE TABLE counts_1 PARTITION OF counts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE counts_2 (at int, n int, name text NOT NULL, day date NOT NULL);
    ALTER TABLE counts ATTACH PARTITION counts_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')"""
# The second row changes nothing, the last one comes after one of its key.
ROWS: list[Any] = [
    ("2026-01-01", "c", 3, 1),
    ("2026-01-01", "b", 2, 1),
    ("2026-01-01", "a", 5, 1),
    ("2026-02-01", "a", 6, 1),
    ("2026-01-01", "c", 4, 1),
]
EXPECTED = {
    "upsert": ["replaced", "updated", "updated", "inserted", "inserted"],
    "merge": ["replaced", "updated", "updated", "inserted", "inserted"],
    "quiet_upsert": ["replaced", "untouched", "updated", "inserted", "inserted"],
    "cte_upsert": ["replaced", "untouched", "updated", "inserted", "inserted"],
    "ignore": ["inserted", "untouched", "untouched", "inserted", "untouched"],
    "accumulate": ["inserted", "updated", "updated", "inserted", "inserted"],
}


@pytest.fixture(scope="module", params=[14, 18])
def versioned(request: pytest.FixtureRequest) -> Iterator[tuple[int, Majors]]:
    with Majors() as majors:
        yield request.param, majors


@pytest.fixture
def database(versioned: tuple[int, Majors]) -> Iterator[Database]:
    major, majors = versioned
    with fresh_database(majors.server(major), "outcomes") as found:
        yield found


@pytest.mark.parametrize("strategy", EXPECTED)
@pytest.mark.parametrize("kind", ["plain", "partitioned"])
async def test_outcomes_are_told_in_the_order_of_the_rows(
    database: Database, versioned: tuple[int, Majors], strategy: str, kind: str
) -> None:
    await database.aexecute(COUNTS.format(PARTITIONED if kind == "partitioned" else ""))
    declared = Table(strategy=strategy, returning=True)
    if kind == "partitioned" and versioned[0] < 18 and strategy not in {"ignore", "cte_upsert"}:
        with pytest.raises(PlanRefusedError, match="cannot write") as raised:
            await Writer(database.dsn, {"counts": declared}).start()
        assert "version 18" in raised.value.problems[0]
        return

    async with Writer(database.dsn, {"counts": declared}) as writer:
        await writer.write("counts", ROWS)
        first = await writer.flush()
        await writer.write("counts", ROWS[:1])
        second = await writer.flush()

    assert first.outcomes == {"counts": EXPECTED[strategy]}
    assert second.outcomes == {"counts": ["untouched" if strategy == "ignore" else "updated"]}


async def test_outcomes_of_rows_in_turn_are_one_by_one(target_db: Database) -> None:
    await target_db.aexecute(COUNTS.format(""))
    declared = Table(strategy="upsert", returning=True, newer_by="at")

    async with Writer(target_db.dsn, {"counts": declared}) as writer:
        await writer.write("counts", [("2026-01-01", "d", 1, 1), ("2026-01-01", "d", 2, 2), ("2026-01-01", "d", 3, 0)])
        flushed = await writer.flush()

    assert flushed.outcomes == {"counts": ["inserted", "updated", "untouched"]}


async def test_outcomes_of_keys_that_only_the_server_tells_apart(target_db: Database) -> None:
    await target_db.aexecute("""
        CREATE EXTENSION citext;
        CREATE TABLE names (k citext PRIMARY KEY, v int);
        INSERT INTO names VALUES ('a', 1)
    """)
    rows: list[Any] = [("A", 2), ("B", 1), ("b", 2), ("a", 3)]

    async with Writer(target_db.dsn, {"names": Table(returning=True)}) as writer:
        await writer.write("names", rows)
        flushed = await writer.flush()

    assert flushed.outcomes == {"names": ["replaced", "replaced", "inserted", "updated"]}
    assert [tuple(row) for row in await target_db.afetch("SELECT lower(k), v FROM names ORDER BY k")] == [
        ("a", 3),
        ("b", 2),
    ]


async def test_flush_tells_of_all_flushes_since_the_last_call(target_db: Database) -> None:
    await target_db.aexecute(COUNTS.format(""))
    declared = {"counts": Table(returning=True)}

    async with Writer(target_db.dsn, declared, settings=WriterSettings(rows_max=1)) as writer:
        for row in ROWS:
            await writer.write("counts", [row])
        flushed = await writer.flush()

    assert flushed.outcomes == {"counts": ["inserted", "updated", "updated", "inserted", "updated"]}
    assert flushed.rows == {"counts": 5}


def test_backfill_by_copy_inserts_all(target_db: Database) -> None:
    target_db.execute(COUNTS.format(""))

    with BlockingWriter(target_db.dsn, {"counts": Table(returning=True)}, context="backfill") as writer:
        writer.write("counts", [("2026-01-09", "x", 1, 1), ("2026-01-09", "y", 1, 1)])
        flushed = writer.flush()

    assert flushed.outcomes == {"counts": ["inserted", "inserted"]}


async def test_batch_with_a_cursor_tells_too(target_db: Database) -> None:
    await target_db.aexecute(COUNTS.format(""))

    writer = Writer(target_db.dsn, {"counts": Table(returning=True)})
    await writer.start()

    async with writer.batch("ledger", 1, 2) as batch:
        await batch.write("counts", ROWS[1:4])
    await writer.close()

    assert batch.flushed is not None
    assert batch.flushed.outcomes == {"counts": ["updated", "updated", "inserted"]}


async def test_outcomes_without_a_key_are_refused(target_db: Database) -> None:
    await target_db.aexecute("CREATE TABLE keyless (n int)")

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"keyless": Table(strategy="ignore", returning=True)}).start()

    assert "without a key" in raised.value.problems[0]
