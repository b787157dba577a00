"""Input that cannot be written is named by table, column and row, and nothing else of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import PlanRefusedError, RowRefusedError, Table, Writer
from pgsluice.errors import ServerError, UsageError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

TABLE = """
    CREATE TABLE made (id int PRIMARY KEY, name varchar(5), amount numeric(4, 2) NOT NULL, at timestamptz,
                       twice int GENERATED ALWAYS AS (id * 2) STORED);
    CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)
"""
GOOD = (1, "name", 1, None)


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("canary", "a", 1, None), "id"),
        ((2**31, "a", 1, None), "id"),
        ((1.5, "a", 1, None), "id"),
        ((None, "a", 1, None), "id"),
        ((1, "canary", 1, None), "name"),
        ((1, "ca\0ry", 1, None), "name"),
        ((1, "\ud800", 1, None), "name"),
        ((1, b"canar", 1, None), "name"),
        ((1, "a", 123, None), "amount"),
        ((1, "a", None, None), "amount"),
        ((1, "a", 1, "canary"), "at"),
        ((1, "a", 1), None),
        ((1, "a", 1, None, 2), None),
        ({"id": 1, "name": "a", "amount": 1, "at": None, "twice": 2}, "twice"),
        ({"id": 1, "name": "a", "amount": 1, "at": None, "canary": 2}, None),
        ({"id": 1, "name": "a", "at": None}, "amount"),
        (7, None),
    ],
    ids=repr,
)
async def test_row_is_refused_by_place_and_column(
    target_db: Database, row: Any, column: str | None, context: Any
) -> None:
    await target_db.aexecute(TABLE)
    good = dict(zip(("id", "name", "amount", "at"), GOOD, strict=True)) if isinstance(row, dict) else GOOD

    async with Writer(target_db.dsn, {"made": Table()}, context=context) as writer:
        with pytest.raises(RowRefusedError) as raised:
            await writer.write("made", [good, row])

    assert raised.value.position == 1
    assert 'table "public.made"' in raised.value.message
    assert column is None or f'column "{column}"' in raised.value.message
    assert "canary" not in raised.value.message
    assert await target_db.avalue("SELECT array_agg(id) FROM made") == [1]


@pytest.mark.parametrize(
    "rows",
    [
        "canary",
        [b"canary"],
        {"id": [1], "name": ["a"]},
        {"id": [1], "name": ["a", "b"], "amount": [1], "at": [None]},
        5,
    ],
    ids=repr,
)
async def test_rows_of_no_shape_are_refused(target_db: Database, rows: Any) -> None:
    await target_db.aexecute(TABLE)

    async with Writer(target_db.dsn, {"made": Table()}) as writer:
        with pytest.raises(UsageError) as raised:
            await writer.write("made", rows)

    assert "canary" not in raised.value.message
    assert await target_db.avalue("SELECT count(*) FROM made") == 0


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_generated_column_is_refused_in_the_plan(target_db: Database, context: Any) -> None:
    await target_db.aexecute(TABLE)
    declared = {"made": Table(columns=("id", "amount", "twice"))}

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, declared, context=context).start()

    assert any('column "twice": generated' in problem for problem in raised.value.problems)


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_identity_is_written_where_it_is_named_and_made_elsewhere(target_db: Database, context: Any) -> None:
    await target_db.aexecute(TABLE)

    async with Writer(target_db.dsn, {"numbered": Table()}, context=context) as writer:
        await writer.write("numbered", [("made",)])
    async with Writer(target_db.dsn, {"numbered": Table(columns=("id", "name"))}, context=context) as writer:
        await writer.write("numbered", [(70, "named")])

    found = await target_db.afetch("SELECT id, name FROM numbered ORDER BY id")
    assert [tuple(row) for row in found] == [(1, "made"), (70, "named")]


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_row_security_is_obeyed_and_its_refusal_told(target_db: Database, context: Any) -> None:
    await target_db.aexecute(
        TABLE
        + """; CREATE ROLE bounded; GRANT bounded TO CURRENT_USER; GRANT ALL ON SCHEMA public TO bounded;
            GRANT ALL ON made TO bounded; ALTER TABLE made ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON made USING (name = 'own')"""
    )
    connection = await target_db.connect()
    try:
        await connection.execute("SET ROLE bounded")
        async with Writer(connection, {"made": Table()}, context=context) as writer:
            await writer.write("made", [(1, "own", 1, None)])
            await writer.flush()
            reasons = writer.explain()[0].reasons
            await writer.write("made", [(2, "else", 1, None)])
            with pytest.raises(ServerError) as raised:
                await writer.flush()
            writer.discard()
    finally:
        await connection.close()
        await target_db.aexecute("DROP OWNED BY bounded CASCADE")
        await target_db.aexecute("DROP ROLE bounded")

    assert raised.value.sqlstate == "42501"
    assert "row security refuses the row" in (raised.value.hint or "")
    assert context == "live" or any("row security" in reason for reason in reasons)
    assert await target_db.avalue("SELECT array_agg(id) FROM made") == [1]
