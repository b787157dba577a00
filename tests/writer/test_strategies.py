"""Each strategy of the list ends as rows written one by one would, whatever the table is, and keeps its promises."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgsluice import Table, Writer, WriterSettings
from pgsluice.errors import PlanRefusedError, ServerError
from pgsluice.strategies.listed import STRATEGIES
from writer.serial_model import SerialTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

EXTENSION = "CREATE EXTENSION IF NOT EXISTS citext;"
PARTITIONS = """
    CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (MINVALUE) TO (3);
    -- Its columns stand in another order.
    CREATE TABLE t_2 (note text, m int, n int, k int NOT NULL);
    ALTER TABLE t ATTACH PARTITION t_2 DEFAULT;
"""
WORDS = ["a", "b", "A", "B", "ä", '"\\,{}', ""]


@dataclass(frozen=True)
class Kind:
    """A kind of table: columns are those of the key, n, m and note."""

    ddl: str
    keys: st.SearchStrategy[Any]
    key: tuple[str, ...] = ("k",)
    declared: dict[str, Any] | None = None
    same: Callable[[Any], Any] = lambda value: value


PLAIN = "CREATE TABLE t (k int PRIMARY KEY, n int, m int, note text);"
INTS = st.tuples(st.integers(0, 5))
KINDS = {
    "plain": Kind(PLAIN, INTS),
    "composite": Kind(
        'CREATE TABLE t (k int, "K 2" text, n int, m int, note text, PRIMARY KEY ("K 2", k));',
        st.tuples(st.integers(0, 2), st.sampled_from(WORDS)),
        key=("k", "K 2"),
    ),
    "citext": Kind(
        EXTENSION + "CREATE TABLE t (k citext PRIMARY KEY, n int, m int, note text);",
        st.tuples(st.sampled_from(WORDS)),
        same=str.lower,
    ),
    "numeric": Kind(
        "CREATE TABLE t (k numeric PRIMARY KEY, n int, m int, note text);",
        st.tuples(st.sampled_from([Decimal(text) for text in ("1", "1.0", "1.00", "-0", "0", "1E+2", "100", "NaN")])),
        same=lambda value: float("inf") if value.is_nan() else float(value),
    ),
    "array key": Kind(
        "CREATE TABLE t (k text[] PRIMARY KEY, n int, m int, note text);",
        st.tuples(st.lists(st.sampled_from(["a", 'b"', "", "NULL"]), max_size=2)),
        same=tuple,
    ),
    "collation": Kind(
        'CREATE TABLE t (k text COLLATE "C" PRIMARY KEY, n int, m int, note text COLLATE "ucs_basic");',
        st.tuples(st.sampled_from(WORDS)),
    ),
    "partitioned": Kind(f"{PLAIN.rstrip(';')} PARTITION BY RANGE (k);{PARTITIONS}", INTS),
    "identity": Kind(PLAIN.replace("k int", "k int GENERATED ALWAYS AS IDENTITY"), INTS),
    "partial index": Kind(
        "CREATE TABLE t (k int NOT NULL, n int, m int, note text, gone timestamptz);"
        "CREATE UNIQUE INDEX ON t (k) WHERE gone IS NULL;",
        INTS,
        declared={"key": ("k",)},
    ),
    "more columns": Kind(
        "CREATE DOMAIN small AS int CHECK (VALUE > -1000);"
        "CREATE TABLE t (first text DEFAULT 'x', k int PRIMARY KEY, n small, m int,"
        " twice int GENERATED ALWAYS AS (n * 2) STORED, note varchar(9), at timestamptz DEFAULT now());"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.first := ''triggered''; RETURN NEW; END';"
        "CREATE TRIGGER f BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
        INTS,
    ),
}  # fmt: skip
NUMBERS = st.none() | st.integers(-9, 9)


@st.composite
def cases(draw: st.DrawFn, kind: Kind, strategy: Strategy) -> tuple[Any, ...]:
    """Rows that are there, rows that come in several writes, policies and a version guard."""
    names = (*kind.key, "n", "m", "note")
    row = st.tuples(kind.keys, NUMBERS, NUMBERS, st.none() | st.sampled_from(WORDS)).map(
        lambda parts: dict(zip(names, (*parts[0], *parts[1:]), strict=True))
    )
    batches = draw(st.lists(st.lists(row, max_size=8), min_size=1, max_size=3))
    policies: dict[str, str] = {}
    newer_by = None
    if strategy.name not in {"copy", "ignore"}:
        numeric = st.sampled_from(strategy.policies)
        text = st.sampled_from([policy for policy in strategy.policies if policy != "add"])
        policies = {"n": draw(numeric), "m": draw(numeric), "note": draw(text)}
        if "overwrite" in strategy.policies and draw(st.booleans()):
            newer_by, policies["n"] = "n", "overwrite"
    return draw(st.lists(row, max_size=6)), batches, policies, newer_by


async def written(database: Database, kind: Kind, strategy: Strategy, case: Any, rows_max: int) -> list[Any]:
    there, batches, policies, newer_by = case
    names = (*kind.key, "n", "m", "note")
    listed = ", ".join(f'"{name}"' for name in names)
    connection = await database.connect()
    try:
        await connection.execute("TRUNCATE t")
        places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
        always = " OVERRIDING SYSTEM VALUE"
        await connection.executemany(
            f"INSERT INTO t ({listed}){always} VALUES ({places})", [tuple(row.values()) for row in there]
        )
        table = Table(
            strategy=strategy.name, columns=names, policies=policies, newer_by=newer_by, **(kind.declared or {})
        )
        async with Writer(database.dsn, {"t": table}, settings=WriterSettings(rows_max=rows_max)) as writer:
            for batch in batches:
                await writer.write("t", batch)
        rows = await connection.fetch(f"SELECT {listed} FROM t")
    finally:
        await connection.close()
    width = len(kind.key)
    found = [tuple(row) for row in rows]
    keyed = [(tuple(kind.same(value) for value in row[:width]), row[width:]) for row in found]
    return [key + rest for key, rest in sorted(keyed, key=lambda row: row[0])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda found: found.name)
def test_strategy_ends_as_rows_one_by_one_would(target_db: Database, strategy: Strategy, kind: str) -> None:
    made = KINDS[kind]
    target_db.execute(made.ddl)

    @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(cases(made, strategy), st.sampled_from([3, 1000]))
    def hold(case: Any, rows_max: int) -> None:
        there, batches, policies, newer_by = case
        model = SerialTable(made.key, made.same)
        model.put(there)
        there = list(model.rows.values())
        batch_rows = [row for batch in batches for row in batch]
        if strategy.promises.on_conflict == "the batch fails, whole":
            unique = {model.key_of(row): row for row in batch_rows if model.key_of(row) not in model.rows}
            batches = [list(unique.values())]
        case = ([dict(row) for row in there], batches, policies, newer_by)
        for batch in batches:
            for row in batch:
                model.write(row, strategy.name, policies, newer_by)

        found = asyncio.run(written(target_db, made, strategy, case, rows_max))

        assert found == model.content()

    hold()


COUNTS = "CREATE TABLE t (k int PRIMARY KEY, n int, m int); INSERT INTO t SELECT g, g, 0 FROM generate_series(1, 200) g"
ROWS: list[Any] = [(key, key + 1, None) for key in range(150, 250)]


async def send(database: Database, strategy: Strategy, rows: list[Any] = ROWS) -> None:
    async with Writer(database.dsn, {"t": Table(strategy=strategy.name)}) as writer:
        await writer.write("t", rows)


async def state(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch("SELECT *, xmin::text, ctid::text FROM t ORDER BY k")]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda found: found.name)
async def test_promise_of_being_repeatable_is_kept(target_db: Database, strategy: Strategy) -> None:
    await target_db.aexecute(COUNTS)
    rows = [row for row in ROWS if strategy.name != "copy" or row[0] > 200]

    await send(target_db, strategy, rows)
    once = [row[:3] for row in await state(target_db)]
    if strategy.name == "copy":
        with pytest.raises(ServerError):
            await send(target_db, strategy, rows)
        assert not strategy.promises.is_repeatable
        return
    await send(target_db, strategy, rows)
    twice = [row[:3] for row in await state(target_db)]

    assert (once == twice) is strategy.promises.is_repeatable


@pytest.mark.parametrize("strategy", [found for found in STRATEGIES if found.promises.is_quiet], ids=lambda s: s.name)
async def test_quiet_strategy_writes_nothing_for_fresh_rows(target_db: Database, strategy: Strategy) -> None:
    await target_db.aexecute(COUNTS)
    await send(target_db, strategy)
    before = await state(target_db)
    sizes = []

    async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name)}) as writer:
        for _ in range(5):  # The server's own work in between could only add to what is measured.
            start = await target_db.avalue("SELECT pg_current_wal_insert_lsn()")
            for _ in range(3):
                await writer.write("t", ROWS)
                await writer.flush()
            sizes.append(await target_db.avalue("SELECT pg_current_wal_insert_lsn() - $1::pg_lsn", start))

    assert min(sizes) == 0
    assert await state(target_db) == before


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda found: found.name)
async def test_strategy_that_needs_a_key_is_refused_without_one(target_db: Database, strategy: Strategy) -> None:
    await target_db.aexecute("CREATE TABLE t (k int, n int, m int)")

    if strategy.promises.needs_key:
        with pytest.raises(PlanRefusedError) as raised:
            await send(target_db, strategy)
        assert "there is no primary key" in raised.value.problems[0]
    else:
        await send(target_db, strategy)
        assert await target_db.avalue("SELECT count(*) FROM t") == 100
