"""Rows that cannot be written are put aside with their reason and place, the others land, all in one transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from rejected_people import PEOPLE, REJECTING, ids

from pgsluice import Partitions, Rejects, Table, Writer, WriterSettings
from pgsluice.errors import NotAllowedError, PlanRefusedError, ServerError, UsageError
from pgsluice.writer.changed import TableChangedError
from pgsluice.writer.rejecting import RejectLimitError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

REJECTS = Rejects(table="public.rejects")
RECORDED = "SELECT call, position, sqlstate, column_name, constraint_name FROM rejects ORDER BY id"


async def recorded(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch(RECORDED)]


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("strategy", ["auto", "ignore", "quiet_upsert", "cte_upsert", "merge"])
async def test_refused_rows_are_recorded_and_the_others_land(target_db: Database, strategy: str, context: Any) -> None:
    await target_db.aexecute(PEOPLE)
    declared = {"person": Table(strategy=strategy, on_error="reject")}

    async with Writer(target_db.dsn, declared, context=context, rejects=REJECTS) as writer:
        await writer.write("person", [(n, f"m{n}", n, "b") for n in range(10, 20)])
        await writer.write("person", [(20, "m20", 500, "c"), (21, "one", 3, "d"), (22, "m22", 3, "e")])
        await writer.write("person", [(23, "m23", 1, None), (24, "m24", 1, "f\0"), (25, "m25", 1, "g")])
        await writer.flush()

    assert await ids(target_db) == [1, *range(10, 20), 22, 25]
    assert await recorded(target_db) == [
        (1, 0, "23514", None, "person_age_check"),
        (1, 1, "23505", None, "person_email_key"),
        (2, 0, None, "name", None),
        (2, 1, None, "name", None),
    ]
    assert writer.rejected == 4


async def test_record_holds_the_row_as_it_was_given(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)
    row = {"id": 5, "email": None, "age": 300, "name": "é\0"}
    again = {"id": 6, "email": "x", "age": 300, "name": "n"}

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=REJECTS) as writer:
        await writer.write("person", [row, again])
        again["name"] = "changed by the caller"

    given = [json.loads(found["given"]) for found in await target_db.afetch("SELECT given FROM rejects ORDER BY id")]
    assert given == [
        {"id": "5", "email": None, "age": "300", "name": "é\\0"},
        {"id": "6", "email": "x", "age": "300", "name": "n"},
    ]


async def test_syntax_of_a_value_is_the_rows_fault_and_no_hint_blames_the_server(target_db: Database) -> None:
    await target_db.aexecute("CREATE TABLE search (id int PRIMARY KEY, path jsonpath, query tsquery)")
    rows = [(1, "$.a", "a"), (2, "$[", "a"), (3, "$", "a &")]

    async with Writer(target_db.dsn, {"search": Table()}) as writer:
        await writer.write("search", rows)
        with pytest.raises(ServerError) as caught:
            await writer.flush()
        writer.discard()
    async with Writer(target_db.dsn, {"search": REJECTING}, rejects=REJECTS) as writer:
        await writer.write("search", rows)

    assert (caught.value.sqlstate, caught.value.hint) == ("42601", None)
    assert await ids(target_db, "search") == [1]
    assert [row[:3] for row in await recorded(target_db)] == [(0, 1, "42601"), (0, 2, "42601")]


async def test_records_of_wide_rows_are_cut_and_go_in_several_statements(target_db: Database) -> None:
    """500 records of the widest rows were one statement of up to three gigabytes, and one jsonb could be too large."""
    names = [f"c{n}" for n in range(300)]
    await target_db.aexecute(
        f"CREATE TABLE wide (id int CHECK (id < 0), {', '.join(f'{name} text' for name in names)})"
    )
    rows = [(n, "é" * 120_000, *(["x"] * 299)) for n in range(99)]
    settings = WriterSettings(bytes_max=64 << 20)

    async with Writer(target_db.dsn, {"wide": REJECTING}, settings=settings, rejects=REJECTS) as writer:
        await writer.write("wide", rows)

    found = await target_db.afetch("SELECT position, length(given ->> 'c0') AS chars FROM rejects ORDER BY id")
    cut = 32_000_000 // 301
    assert [row["position"] for row in found] == list(range(99))
    assert {row["chars"] for row in found} == {cut + len("... (120000 characters)")}


async def test_first_of_two_rows_that_break_another_index_lands(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=REJECTS) as writer:
        await writer.write("person", [(9, "same", 1, "first"), (8, "other", 1, "x"), (7, "same", 1, "second")])

    assert await ids(target_db) == [1, 8, 9]
    assert await recorded(target_db) == [(0, 2, "23505", None, "person_email_key")]


async def test_row_before_a_refused_one_of_its_key_lands(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=REJECTS) as writer:
        await writer.write("person", [(5, "a", 1, "good"), (5, "b", 999, "refused"), (6, "c", 1, "x")])

    assert await target_db.avalue("SELECT name FROM person WHERE id = 5") == "good"
    assert [row[:3] for row in await recorded(target_db)] == [(0, 1, "23514")]


async def test_too_many_refused_rows_fail_the_flush_whole(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)
    rows = [(n, None, 500 if n % 2 else 5, "x") for n in range(10, 60)]

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=Rejects(table="rejects", rows_max=7)) as writer:
        await writer.write("person", rows)
        with pytest.raises(RejectLimitError, match="expected at most 7"):
            await writer.flush()
        discarded = writer.discard()

    assert discarded == 50
    assert await ids(target_db) == [1]
    assert await recorded(target_db) == []


async def test_percentage_of_a_flush_is_a_limit_too(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)
    rejects = Rejects(table="rejects", percent_max=10)

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=rejects) as writer:
        await writer.write("person", [(n, None, 5, "x") for n in range(10, 19)] + [(30, None, 500, "x")])
        await writer.flush()
        await writer.write("person", [(n, None, 5, "x") for n in range(20, 28)] + [(30, None, 500, "x")])
        with pytest.raises(RejectLimitError, match="expected at most 10 percent of 9, found 1"):
            await writer.flush()
        writer.discard()

    assert await ids(target_db) == [1, *range(10, 19)]


async def test_cursor_moves_with_good_and_rejected_rows(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=REJECTS) as writer:
        async with writer.batch("lines", 0, 3) as batch:
            await batch.write("person", [(5, None, 1, "x"), (6, None, 999, "x"), ("seven", None, 1, "x")])
        position = await writer.position("lines")

    assert position == 3
    assert await ids(target_db) == [1, 5]
    assert [row[:3] for row in await recorded(target_db)] == [(0, 1, "23514"), (0, 2, None)]


async def test_children_that_come_before_their_parents_are_no_rejects(target_db: Database) -> None:
    await target_db.aexecute(
        """CREATE TABLE zone (id int PRIMARY KEY, inside int REFERENCES zone, CHECK (id < 1000));
           CREATE TABLE house (id int PRIMARY KEY, zone int REFERENCES zone)"""
    )
    declared = {"zone": REJECTING, "house": REJECTING}
    zones = [(n, n + 1 if n < 30 else None) for n in range(1, 31)] + [(2000, None), (50, 51)]

    async with Writer(target_db.dsn, declared, rejects=REJECTS) as writer:
        await writer.write("house", [(n, n) for n in range(1, 32)])
        await writer.write("zone", zones)

    assert await ids(target_db, "zone") == list(range(1, 31))
    assert await ids(target_db, "house") == list(range(1, 31))
    assert [row[:3] for row in await recorded(target_db)] == [(0, 30, "23503"), (1, 30, "23514"), (1, 31, "23503")]


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_deferred_constraint_is_told_to_its_row(target_db: Database, context: Any) -> None:
    await target_db.aexecute(
        """CREATE TABLE zone (id int PRIMARY KEY, inside int REFERENCES zone DEFERRABLE INITIALLY DEFERRED)"""
    )

    async with Writer(target_db.dsn, {"zone": REJECTING}, context=context, rejects=REJECTS) as writer:
        await writer.write("zone", [(n, n + 1 if n != 20 else 99) for n in range(1, 20)] + [(20, None), (21, 77)])

    assert await ids(target_db, "zone") == list(range(1, 21))
    assert [row[:3] for row in await recorded(target_db)] == [(0, 20, "23503")]


async def test_tables_that_reject_nothing_fail_the_flush(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE + "; CREATE TABLE strict (id int PRIMARY KEY CHECK (id < 10))")

    async with Writer(target_db.dsn, {"person": REJECTING, "strict": Table()}, rejects=REJECTS) as writer:
        await writer.write("person", [(5, None, 999, "x"), (6, None, 9, "x")])
        await writer.write("strict", [(5,)])
        await writer.flush()
        await writer.write("person", [(7, None, 999, "x"), (8, None, 9, "x")])
        await writer.write("strict", [(50,)])
        with pytest.raises(ServerError) as raised:
            await writer.flush()
        writer.discard()

    assert raised.value.sqlstate == "23514"
    assert await ids(target_db) == [1, 6]
    assert await ids(target_db, "strict") == [5]
    assert len(await recorded(target_db)) == 1


@pytest.mark.parametrize("sql", ["DROP TABLE person", "ALTER TABLE person ALTER age SET NOT NULL"])
async def test_table_that_was_altered_is_not_the_rows_fault(target_db: Database, sql: str) -> None:
    await target_db.aexecute(PEOPLE)

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=REJECTS) as writer:
        await writer.write("person", [(5, None, None, "x")])
        await target_db.aexecute(sql)
        with pytest.raises(TableChangedError):
            await writer.flush()
        writer.discard()

    assert await recorded(target_db) == []


async def test_right_that_is_taken_away_is_not_the_rows_fault(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE + "; CREATE ROLE taken_away; GRANT taken_away TO CURRENT_USER")
    await target_db.aexecute("GRANT ALL ON SCHEMA public TO taken_away; GRANT ALL ON person TO taken_away")
    connection = await target_db.connect()
    try:
        await connection.execute("SET ROLE taken_away")
        writer = Writer(connection, {"person": REJECTING}, rejects=REJECTS)
        await writer.start()
        await target_db.aexecute("REVOKE INSERT ON person FROM taken_away")
        await writer.write("person", [(5, None, 9, "x")])
        with pytest.raises(NotAllowedError):
            await writer.flush()
        writer.discard()
        await writer.close()
    finally:
        await connection.close()
        left = await recorded(target_db)
        await target_db.aexecute("DROP OWNED BY taken_away; DROP ROLE taken_away")

    assert left == []


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_row_that_a_policy_refuses_is_rejected(target_db: Database, context: Any) -> None:
    await target_db.aexecute(PEOPLE + "; CREATE ROLE tenant; GRANT tenant TO CURRENT_USER")
    await target_db.aexecute(
        """GRANT ALL ON SCHEMA public TO tenant; GRANT ALL ON person TO tenant;
           ALTER TABLE person ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON person USING (name = 'own')"""
    )
    connection = await target_db.connect()
    try:
        await connection.execute("SET ROLE tenant")
        async with Writer(connection, {"person": REJECTING}, context=context, rejects=REJECTS) as writer:
            await writer.write("person", [(5, None, 9, "own"), (6, None, 9, "another's"), (7, None, 9, "own")])
    finally:
        await connection.close()
        await target_db.aexecute("DROP OWNED BY tenant CASCADE")
        await target_db.aexecute("DROP ROLE tenant")

    assert await ids(target_db) == [1, 5, 7]


async def test_table_of_another_form_is_refused(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"person": REJECTING}, rejects=Rejects(table="public.person")).start()

    assert any("no column given" in problem for problem in raised.value.problems)


async def test_callers_transaction_goes_on_without_refused_rows(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)
    connection = await target_db.connect()
    try:
        async with (
            connection.transaction(),
            Writer(connection, {"person": REJECTING}, rejects=Rejects(table="rejects", rows_max=2)) as writer,
        ):
            await writer.write("person", [(5, None, 999, "x"), (6, None, 9, "x")])
            await writer.flush()
            await writer.write("person", [(n, None, 999, "x") for n in range(10, 20)])
            with pytest.raises(RejectLimitError):
                await writer.flush()
            writer.discard()
            await writer.write("person", [(7, None, 9, "x")])
    finally:
        await connection.close()

    assert await ids(target_db) == [1, 6, 7]
    assert [row[:3] for row in await recorded(target_db)] == [(0, 0, "23514")]


@pytest.mark.parametrize(
    "make",
    [
        Rejects,
        lambda: Rejects(table="a", file="b"),
        lambda: Rejects(table="a.b.c"),
        lambda: Rejects(table="a", percent_max=101),
        lambda: Table(on_error="ignore"),  # type: ignore[arg-type]
        lambda: Writer("postgres://x", {"a": Table(on_error="reject")}),
        lambda: Writer("postgres://x", {"a": Table()}, rejects=REJECTS),
    ],
)
def test_declaration_that_makes_no_sense_is_refused(make: Any) -> None:
    with pytest.raises(UsageError):
        make()


@pytest.mark.parametrize("rows", [[(5, 1), (15, -1), (25, 1)], [(5, 1), (15, "x"), (25, 1), (16, -1)]])
async def test_partition_that_was_dropped_is_no_rows_fault(target_db: Database, rows: list[tuple[Any, ...]]) -> None:
    await target_db.aexecute("CREATE TABLE part (id int PRIMARY KEY, n int CHECK (n >= 0)) PARTITION BY RANGE (id)")
    declared = {"part": Table(on_error="reject", partitions=Partitions(by=10, ahead=0))}

    async with Writer(target_db.dsn, declared, rejects=REJECTS) as writer:
        await writer.write("part", [(1, 1), (11, -5), (21, 1)])
        await writer.flush()
        first = await ids(target_db, "part")
        name = await target_db.avalue("SELECT tableoid::regclass::text FROM part WHERE id = 21")
        await target_db.aexecute(f"DROP TABLE {name}")
        await writer.write("part", rows)
        await writer.flush()

    assert first == [1, 21]
    assert await ids(target_db, "part") == [1, 5, 25]
    assert len(await recorded(target_db)) == len(rows) - 1


async def test_row_that_can_have_no_partition_is_rejected(target_db: Database) -> None:
    await target_db.aexecute("CREATE TABLE day (at date PRIMARY KEY, n int) PARTITION BY RANGE (at)")
    declared = {"day": Table(on_error="reject", partitions=Partitions(by="day", ahead=0))}

    async with Writer(target_db.dsn, declared, rejects=REJECTS) as writer:
        await writer.write("day", [("2024-01-01", 1), ("infinity", 2), ("2024-01-02", 3)])
        flushed = await writer.flush()

    assert flushed.rejected == {"day": 1}
    assert await target_db.avalue("SELECT array_agg(n ORDER BY n) FROM day") == [1, 3]
    assert await recorded(target_db) == [(0, 1, None, "at", None)]


async def test_row_that_can_have_no_partition_is_rejected_when_it_comes_alone(target_db: Database) -> None:
    """A flush of nothing but such rows was an error: it was tried again and again, and all later rows stood behind."""
    await target_db.aexecute("CREATE TABLE day (at date, n int) PARTITION BY RANGE (at)")
    declared = {"day": Table(on_error="reject", partitions=Partitions(by="day", ahead=0))}

    async with Writer(target_db.dsn, declared, rejects=REJECTS) as writer:
        for at in ("infinity", "2024-01-02", None):
            await writer.write("day", [(at, 1)])
            await writer.flush()

    assert await target_db.avalue("SELECT array_agg(at::text) FROM day") == ["2024-01-02"]
    assert await recorded(target_db) == [(0, 0, None, "at", None), (2, 0, None, "at", None)]


async def test_many_refused_rows_among_many(target_db: Database) -> None:
    await target_db.aexecute(PEOPLE)
    settings = WriterSettings(rows_max=3_000)

    async with Writer(target_db.dsn, {"person": REJECTING}, settings=settings, rejects=REJECTS) as writer:
        await writer.write("person", [(n, None, 500 if n % 7 == 0 else 5, "x") for n in range(10, 2_010)])

    assert await ids(target_db) == [1, *(n for n in range(10, 2_010) if n % 7)]
    assert await target_db.avalue("SELECT count(*) FROM rejects") == len([n for n in range(10, 2_010) if n % 7 == 0])
