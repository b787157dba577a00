"""Counters are staged and added up: each delta once, whoever writes, adds up or is killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer, WriterSettings
from pgsluice.errors import NotAllowedError, PlanRefusedError, ServerError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

HITS = """
    CREATE TABLE hits (page text PRIMARY KEY, n int NOT NULL, last int, CONSTRAINT few CHECK (n < 100000));
    INSERT INTO hits VALUES ('/', 10, 1)
"""
STAGED = Table(strategy="staged", policies={"last": "greatest"})
#: Adds up at its end, or when it is told so.
RARELY = WriterSettings(fold_s=3600)
STAGING = '_pgsluice."staged public.hits"'


async def hits(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.afetch("SELECT * FROM hits ORDER BY page")]


async def test_staged_rows_are_added_up_at_the_end(target_db: Database) -> None:
    await target_db.aexecute(HITS)

    async with Writer(target_db.dsn, {"hits": STAGED}) as writer:
        await writer.write("hits", [("/", 1, 5), ("/a", 2, None), ("/", 3, 4)])

    assert await hits(target_db) == [("/", 14, 5), ("/a", 2, None)]
    assert await target_db.avalue(f"SELECT count(*) FROM {STAGING}") == 0


async def test_flush_stages_and_fold_adds_up(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    async with Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY) as writer:
        await writer.write("hits", [("/", 1, 5), ("/", 3, 4)])

        await writer.flush()
        staged = await target_db.avalue(f"SELECT count(*) FROM {STAGING}")
        before = await hits(target_db)
        await writer.fold()
        after = await hits(target_db)

    assert (staged, before, after) == (2, [("/", 10, 1)], [("/", 14, 5)])


async def test_staged_rows_are_added_up_by_time(target_db: Database) -> None:
    await target_db.aexecute(HITS)

    async with Writer(target_db.dsn, {"hits": STAGED}, settings=WriterSettings(fold_s=0.01)) as writer:
        await writer.write("hits", [("/", 1, 5)])
        await writer.flush()
        while await hits(target_db) != [("/", 11, 5)]:
            pass


async def test_what_a_writer_left_is_added_up_by_the_next(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    first = Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY)
    await first.start()
    await first.write("hits", [("/", 1, 5)])
    await first.flush()
    await first.abort()

    async with Writer(target_db.dsn, {"hits": STAGED}):
        pass

    assert await hits(target_db) == [("/", 11, 5)]


async def test_many_writers_count_each_delta_once(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    settings = WriterSettings(rows_max=7, fold_s=0.005)

    async def count(seed: int) -> None:
        chosen = random.Random(seed)
        async with Writer(target_db.dsn, {"hits": STAGED}, settings=settings) as writer:
            for _ in range(30):
                await writer.write("hits", [(f"/{chosen.randrange(5)}", 1, seed) for _ in range(5)])

    await asyncio.gather(*(count(seed) for seed in range(8)))

    assert await target_db.avalue("SELECT sum(n) FROM hits") == 10 + 8 * 30 * 5
    assert await target_db.avalue(f"SELECT count(*) FROM {STAGING}") == 0


async def test_fold_leaves_the_rows_to_whoever_is_at_it(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    other = await target_db.connect()
    writer = Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY)
    await writer.start()
    await writer.write("hits", [("/", 1, 5)])
    await writer.flush()
    try:
        from pgsluice.strategies.staged import lock_key

        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT pg_advisory_xact_lock($1)", lock_key(writer.explain()[0].part.shape))

        await writer.fold()
        skipped = await hits(target_db)
        ending = asyncio.create_task(writer.close())
        while not await target_db.avalue("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            pass
        waiting = await hits(target_db)
        await transaction.rollback()
        await ending
    finally:
        await other.close()

    assert (skipped, waiting) == ([("/", 10, 1)], [("/", 10, 1)])
    assert await hits(target_db) == [("/", 11, 5)]


async def test_rows_that_cannot_be_added_up_are_told_and_stay(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    writer = Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY)
    await writer.start()

    await writer.write("hits", [("/", 99_999, 1)])
    with pytest.raises(ServerError) as raised:
        await writer.close()

    assert raised.value.sqlstate == "23514"
    assert 'constraint "few"' in str(raised.value.detail)
    assert await target_db.avalue(f"SELECT count(*) FROM {STAGING}") == 1


async def test_timer_that_failed_raises_again_and_again_and_goes_on(target_db: Database) -> None:
    """The first failure used to end the timer: told once, rows were staged ever after and never added up."""
    await target_db.aexecute(HITS)
    writer = Writer(target_db.dsn, {"hits": STAGED}, settings=WriterSettings(fold_s=0.001))
    await writer.start()
    await writer.write("hits", [("/", 99_999, 1)])
    await writer.flush()

    async def go_on() -> None:
        while True:
            await writer.flush()
            await asyncio.sleep(0)

    for _ in range(2):
        with pytest.raises(ServerError) as raised:
            await go_on()
        assert raised.value.sqlstate == "23514"
    await target_db.aexecute("ALTER TABLE hits DROP CONSTRAINT few")
    while await hits(target_db) != [("/", 100_009, 1)]:
        pass
    await writer.close()


async def test_tables_whose_names_read_alike_have_staging_tables_of_their_own(target_db: Database) -> None:
    """Rows of one were added up into the other: both were "staged a.b.c"."""
    await target_db.aexecute("""
        CREATE SCHEMA a; CREATE SCHEMA "a.b";
        CREATE TABLE a."b.c" (page text PRIMARY KEY, n int); CREATE TABLE "a.b".c (page text PRIMARY KEY, n int)
    """)
    one, other = 'a."b.c"', '"a.b".c'

    async with Writer(target_db.dsn, {one: Table(strategy="staged")}, settings=RARELY) as writer:
        await writer.write(one, [("/", 1)])
        await writer.flush()
        async with Writer(target_db.dsn, {other: Table(strategy="staged")}, settings=RARELY) as another:
            await another.fold()

    assert [await target_db.avalue(f"SELECT count(*) FROM {name}") for name in (one, other)] == [1, 0]


async def test_rows_of_a_callers_transaction_are_staged_with_it(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    async with Writer(target_db.dsn, {"hits": STAGED}):
        pass
    connection = await target_db.connect()
    try:
        for ends_well in (False, True):
            transaction = connection.transaction()
            await transaction.start()
            async with Writer(connection, {"hits": STAGED}) as writer:
                await writer.write("hits", [("/", 1, 5)])
            await (transaction.commit() if ends_well else transaction.rollback())
    finally:
        await connection.close()

    async with Writer(target_db.dsn, {"hits": STAGED}):
        pass

    assert await hits(target_db) == [("/", 11, 5)]


async def test_unlogged_staging_is_made_where_it_is_named(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    declared = Table(strategy="staged", staging="unlogged")

    async with Writer(target_db.dsn, {"hits": declared}) as writer:
        await writer.write("hits", [("/", 1, 1)])
        reasons = writer.explain()[0].reasons
    kind = await target_db.avalue("SELECT relpersistence FROM pg_class WHERE oid = $1::regclass", STAGING)

    assert kind == b"u"
    assert any("crash of the server loses" in reason for reason in reasons)
    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"hits": STAGED}).start()
    assert "is unlogged, declared logged" in raised.value.problems[0]


async def test_staging_table_of_other_columns_is_refused(target_db: Database) -> None:
    await target_db.aexecute(HITS)
    async with Writer(target_db.dsn, {"hits": STAGED}):
        pass

    with pytest.raises(PlanRefusedError) as fewer:
        await Writer(target_db.dsn, {"hits": Table(strategy="staged", columns=("page", "n"))}).start()

    assert "columns that rows do not bring" in fewer.value.problems[0]


async def test_staging_table_follows_the_types_of_its_target(target_db: Database) -> None:
    """A counter that was made larger could not be written by `staged` any more, rows staged before it were stuck."""
    await target_db.aexecute(HITS)
    first = Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY)
    await first.start()
    await first.write("hits", [("/", 50_000, 5)])
    await first.flush()
    await first.abort()

    await target_db.aexecute("ALTER TABLE hits ALTER n TYPE smallint")
    with pytest.raises(PlanRefusedError) as smaller:
        await Writer(target_db.dsn, {"hits": STAGED}).start()
    await target_db.aexecute("ALTER TABLE hits DROP CONSTRAINT few, ALTER n TYPE bigint")
    async with Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY) as writer:
        await writer.write("hits", [("/", 2**40, None)])

    assert smaller.value.problems == ('table "_pgsluice.staged public.hits" has no column "n" of type smallint',)
    assert await hits(target_db) == [("/", 50_010 + 2**40, 5)]


async def test_rows_staged_under_other_policies_are_not_added_up_by_these(target_db: Database) -> None:
    """Of two deltas of a killed writer the greater one was taken, and the other was gone."""
    await target_db.aexecute(HITS)
    greatest = Table(strategy="staged", policies={"n": "greatest", "last": "greatest"})
    first = Writer(target_db.dsn, {"hits": STAGED}, settings=RARELY)
    await first.start()
    await first.write("hits", [("/", 1, 1), ("/", 2, 1)])
    await first.flush()
    await first.abort()

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"hits": greatest}).start()
    async with Writer(target_db.dsn, {"hits": STAGED}):
        pass
    async with Writer(target_db.dsn, {"hits": greatest}) as writer:
        await writer.write("hits", [("/", 20, 1)])

    assert raised.value.problems == (
        'table "_pgsluice.staged public.hits" has rows that were staged under other policies, found key, add, greatest',
    )
    assert await hits(target_db) == [("/", 20, 1)]


async def test_staging_table_that_may_not_be_made_is_told_with_what_to_run(target_db: Database) -> None:
    role = f"counting_{target_db.name}"
    await target_db.aexecute(f"""{HITS}; CREATE ROLE "{role}"; GRANT ALL ON hits TO "{role}" """)
    connection = await target_db.connect()
    try:
        await connection.execute(f'SET ROLE "{role}"')
        with pytest.raises(NotAllowedError) as raised:
            await Writer(connection, {"hits": STAGED}).start()
        await connection.execute("RESET ROLE")
        hint = str(raised.value.hint)
        made = hint.removeprefix("As another role: ").partition("; then GRANT")[0]
        await connection.execute(made)
        await connection.execute(f'GRANT USAGE ON SCHEMA _pgsluice TO "{role}"; SET ROLE "{role}"')
        with pytest.raises(PlanRefusedError) as unusable:
            await Writer(connection, {"hits": STAGED}).start()
        await connection.execute(f'RESET ROLE; GRANT SELECT, INSERT, DELETE ON {STAGING} TO "{role}"')
        await connection.execute(f'SET ROLE "{role}"')
        async with connection.transaction(), Writer(connection, {"hits": STAGED}) as writer:
            await writer.write("hits", [("/", 1, 1)])
            await writer.flush()
            await writer.fold()
    finally:
        await connection.close()
        await target_db.aexecute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')

    assert "its owner is" in unusable.value.problems[0]
    assert await hits(target_db) == [("/", 11, 1)]


COUNTER = """
import asyncio, sys
from pgsluice import Table, Writer, WriterSettings

async def main():
    declared = {"hits": Table(strategy="staged", policies={"last": "greatest"})}
    async with Writer(sys.argv[1], declared, settings=WriterSettings(fold_s=0.01)) as writer:
        at = await writer.position("events") or 0
        print("begins", flush=True)
        while at < int(sys.argv[2]):
            end = min(at + 7, int(sys.argv[2]))
            async with writer.batch("events", at, end) as batch:
                await batch.write("hits", [(f"/{event % 3}", 1, event) for event in range(at, end)])
            at = end

asyncio.run(main())
"""


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(4))
def test_killed_counter_neither_loses_nor_doubles(target_db: Database, seed: int) -> None:
    """Killed between append and fold, in mid-fold and anywhere else, then started again from its cursor."""
    target_db.execute("CREATE TABLE hits (page text PRIMARY KEY, n int NOT NULL, last int)")
    chosen = random.Random(seed)
    events = 3000

    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", COUNTER, target_db.dsn, str(events)], stdout=subprocess.PIPE, env=os.environ
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            # Killed once it has got so far, wherever that finds it.
            wanted = target_db.value("SELECT coalesce(max(position), 0) FROM _pgsluice.cursor") + chosen.randrange(400)
            while process.poll() is None and target_db.value("SELECT max(position) FROM _pgsluice.cursor") < wanted:
                pass
            process.send_signal(signal.SIGKILL)
    subprocess.run([sys.executable, "-c", COUNTER, target_db.dsn, str(events)], check=True, timeout=100)

    rows = [tuple(row) for row in target_db.fetch("SELECT * FROM hits ORDER BY page")]
    assert rows == [("/0", 1000, 2997), ("/1", 1000, 2998), ("/2", 1000, 2999)]
