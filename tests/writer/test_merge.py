"""Large batches go by COPY through a temporary table, and end as an upsert does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer, WriterSettings
from pgsluice.errors import PlanRefusedError
from pgsluice.plan import choosing

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

THINGS = """
    CREATE EXTENSION IF NOT EXISTS citext;
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE things (id int, "odd ""name" citext, tags text[], many positive, PRIMARY KEY (id, "odd ""name"));
    INSERT INTO things VALUES (1, 'a', '{}', 1)
"""
ROWS: list[Any] = [(2, "b", ["x", None], 2), (1, "A", ['"{,}'], 3), (2, "B", None, 4)]
MERGED = [(1, "a", ['"{,}'], 3), (2, "b", None, 4)]


async def content(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.afetch('SELECT id, lower("odd ""name"), tags, many FROM things ORDER BY 1, 2')
    return [tuple(row) for row in rows]


async def test_merge_upserts_what_was_copied(target_db: Database) -> None:
    await target_db.aexecute(THINGS)

    async with Writer(target_db.dsn, {"things": Table(strategy="merge")}) as writer:
        await writer.write("things", ROWS)
        await writer.flush()
        await writer.write("things", ROWS)

    assert await content(target_db) == MERGED


async def test_merge_with_policies_writes_rows_of_one_key_in_turn(target_db: Database) -> None:
    await target_db.aexecute(THINGS)
    declared = Table(strategy="merge", policies={"many": "add"})

    async with Writer(target_db.dsn, {"things": declared}) as writer:
        await writer.write("things", ROWS)

    assert await content(target_db) == [(1, "a", ['"{,}'], 4), (2, "b", None, 6)]


async def test_merge_leaves_nothing_in_a_callers_session(target_db: Database) -> None:
    await target_db.aexecute(THINGS)
    connection = await target_db.connect()
    try:
        async with connection.transaction():
            async with Writer(connection, {"things": Table(strategy="merge")}) as writer:
                await writer.write("things", ROWS)
                await writer.flush()
                await writer.write("things", ROWS)
            left = await connection.fetchval("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
    finally:
        await connection.close()

    assert left == 0
    assert await content(target_db) == MERGED


async def test_large_flushes_of_an_upsert_are_merged(target_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "STAGING_ROWS_MIN", 3)
    await target_db.aexecute("CREATE TABLE plain (id int PRIMARY KEY, more text)")
    await target_db.aexecute("""
        CREATE TABLE statements (query text);
        CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN INSERT INTO statements VALUES (current_query()); RETURN NULL; END$$;
        CREATE TRIGGER noted AFTER INSERT ON plain EXECUTE FUNCTION noted()
    """)

    async with Writer(target_db.dsn, {"plain": Table()}, settings=WriterSettings(rows_max=10)) as writer:
        reasons = writer.explain()[0].reasons
        await writer.write("plain", [(1, "a"), (2, "b")])
        await writer.flush()
        await writer.write("plain", [(1, "c"), (2, "d"), (3, "e")])

    ways = await target_db.afetch("SELECT query LIKE '%pg_temp%' AS is_staged FROM statements")
    assert [row["is_staged"] for row in ways] == [False, True]
    assert any(reason.startswith("merge for flushes of 3 rows and more") for reason in reasons)
    assert [tuple(row) for row in await target_db.afetch("SELECT * FROM plain ORDER BY 1")] == [
        (1, "c"), (2, "d"), (3, "e"),
    ]  # fmt: skip


async def test_merge_without_the_right_to_temporary_tables_is_refused(target_db: Database) -> None:
    role = f"untemporary_{target_db.name}"
    await target_db.aexecute(f"""
        CREATE TABLE plain (id int PRIMARY KEY, more text);
        REVOKE TEMPORARY ON DATABASE "{target_db.name}" FROM public;
        CREATE ROLE "{role}" LOGIN;
        GRANT ALL ON plain TO "{role}"
    """)
    connection = await target_db.connect()
    try:
        await connection.execute(f'SET ROLE "{role}"')
        with pytest.raises(PlanRefusedError) as raised:
            await Writer(connection, {"plain": Table(strategy="merge")}).start()
        automatic = Writer(connection, {"plain": Table()})
        await automatic.start()
    finally:
        await connection.close()
        await target_db.aexecute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')

    assert any("temporary table" in problem for problem in raised.value.problems)
    assert automatic.explain()[0].staging_rows_min is None
