"""A plan says what will be sent and why, and warns of what works against it on this table, by this server's catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice import Partitions, PlanRefusedError, Rejects, Table, Writer
from pgsluice.plan.writing_warnings import WARNINGS
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from pgsluice.config.table import Context
    from pgsluice.plan.writing import WritePlan
    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

PLAIN = "CREATE TABLE t (id int PRIMARY KEY, seen int, note text) WITH (fillfactor = 70)"
TRIGGER = """
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER watch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()
"""


async def planned(database: Database, sql: str, table: Table, context: Context = "live") -> WritePlan:
    await database.aexecute(sql)
    async with Writer(database.dsn, {"t": table}, context=context) as writer:
        (plan,) = writer.explain()
    return plan


@pytest.mark.parametrize(
    ("sql", "table", "codes"),
    [
        (PLAIN, Table(), []),
        (PLAIN, Table(strategy="quiet_upsert"), []),
        (PLAIN.replace("70", "100"), Table(), ["fillfactor"]),
        (PLAIN.replace("70", "100"), Table(strategy="ignore"), []),
        (PLAIN.replace("70", "100"), Table(policies={"*": "keep"}), []),
        (f"{PLAIN}; CREATE INDEX ON t (seen)", Table(), ["indexed-column-changes"]),
        (f"{PLAIN}; CREATE INDEX ON t (seen)", Table(policies={"seen": "keep"}), []),
        (f"{PLAIN}; CREATE INDEX ON t (id) INCLUDE (seen)", Table(), ["indexed-column-changes"]),
        (f"{PLAIN}; CREATE INDEX ON t (id) WHERE seen > 0", Table(), ["indexed-column-changes"]),
        (f"{PLAIN}; CREATE INDEX ON t (lower(note))", Table(), ["indexed-column-changes"]),
        # Changes of columns that BRIN alone has an index of are HOT from version 16 on; the tests' own server is newer.
        (f"{PLAIN}; CREATE INDEX ON t USING brin (seen)", Table(), []),
        (f"{PLAIN}; CREATE UNIQUE INDEX ON t (note)", Table(policies={"*": "keep"}), ["other-unique-index"]),
        (f"{PLAIN}; {TRIGGER}", Table(), ["row-triggers"]),
        (PLAIN.replace("TABLE", "UNLOGGED TABLE", 1), Table(), ["unlogged"]),
        (PLAIN, Table(strategy="cte_upsert"), ["races"]),
        ("CREATE TABLE t (id int)", Table(), ["no-key"]),
        ("CREATE TABLE t (id int) PARTITION BY RANGE (id)", Table(), ["no-key", "no-primary-key"]),
        (
            "CREATE TABLE t (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
            Table(),
            ["partition-key-in-key"],
        ),
        ("CREATE TABLE t (id int PRIMARY KEY, seen int) PARTITION BY RANGE (id)", Table(), []),
    ],
)
async def test_warnings_are_those_of_the_table(target_db: Database, sql: str, table: Table, codes: list[str]) -> None:
    plan = await planned(target_db, sql, table)

    assert [warning.code for warning in plan.warnings] == codes
    assert set(codes) <= WARNINGS.keys()


EXPLAINED = """\
public.t: upsert (live)
  because  conflict key: primary key (id)
  because  upsert: a live table with a key; a restart may send the same rows again
  because  merge for flushes of 25,000 rows and more: there COPY pays
  key      id; rows are sent in its order
  conflict each column by its policy; the last row wins
  repeats  of rows with one key in a batch, written one after the other, each by the policies, in one transaction
  refused  a row that cannot be written fails its flush, whole
  commit   commits wait for the disk where the session says so (synchronous_commit)
  cost     Each row that is there is locked and written anew, changed or not: two records of WAL
  columns
    id        array "int4"[]  key
    n         array "numeric"[], cast to numeric(9,2)  add
    tags      array text[], cast to text[]: unnest would take it apart  overwrite
    x FROM y  array "text"[]  overwrite
"""


async def test_text_of_an_upsert_says_all_that_was_decided(target_db: Database) -> None:
    plan = await planned(
        target_db,
        'CREATE TABLE t (id int PRIMARY KEY, n numeric(9, 2), tags text[], "x FROM y" text)',
        Table(policies={"n": "add"}),
    )

    before, _, after = str(plan).partition("  statement\n")

    assert before == EXPLAINED
    assert after.splitlines()[-1].startswith("  warning  fillfactor is 100: ")


async def test_text_says_what_is_made_ahead_and_where_refused_rows_go(target_db: Database) -> None:
    await target_db.aexecute("CREATE TABLE t (at date PRIMARY KEY, n int) PARTITION BY RANGE (at)")
    table = Table(partitions=Partitions(by="month", ahead=2), on_error="reject")

    async with Writer(target_db.dsn, {"t": table}, rejects=Rejects(table="public.rejects")) as writer:
        (plan,) = writer.explain()

    assert "  parts    by month on at: what rows need and 2 more are made before they are sent\n" in str(plan)
    assert "  refused  a row that cannot be written goes to the writer's rejects, the others land\n" in str(plan)


async def test_text_of_a_backfill_is_a_copy(target_db: Database) -> None:
    plan = await planned(target_db, PLAIN, Table(), "backfill")

    text = str(plan)

    assert 'COPY "public"."t" ("id", "seen", "note") FROM STDIN (FORMAT binary)' in text
    assert "synchronous_commit = off" in text


@pytest.mark.parametrize("strategy", [found for found in STRATEGIES if found.sends == "arrays"], ids=lambda s: s.name)
async def test_statement_of_the_text_is_one_that_the_server_takes(target_db: Database, strategy: Strategy) -> None:
    sql = 'CREATE TABLE t (id int PRIMARY KEY, seen int, "x FROM y ON CONFLICT" int)'
    plan = await planned(target_db, sql, Table(strategy=strategy.name))

    statement = str(plan).partition("  statement\n")[2].partition("  warning")[0]

    assert await target_db.aexecute(f"PREPARE it AS {statement}") == "PREPARE"


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda found: found.name)
def test_every_strategy_says_what_it_costs(strategy: Strategy) -> None:
    assert strategy.promises.cost
    assert not strategy.promises.cost.endswith(".")


@pytest.mark.parametrize(
    ("table", "is_repeatable"),
    [
        (Table(), True),
        (Table(policies={"note": "coalesce", "seen": "greatest"}), True),
        # A lost answer was taken for a failed try, and the sum was added twice.
        (Table(policies={"seen": "add"}), False),
        (Table(strategy="quiet_upsert", policies={"seen": "add"}), False),
        (Table(strategy="ignore"), True),
        (Table(strategy="copy"), False),
    ],
)
async def test_plan_that_adds_is_not_repeatable(target_db: Database, table: Table, is_repeatable: bool) -> None:
    plan = await planned(target_db, PLAIN, table)

    assert plan.is_repeatable is is_repeatable


async def test_problems_of_all_tables_are_told_at_once(target_db: Database) -> None:
    await target_db.aexecute(f"{PLAIN}; CREATE TABLE u (id int)")
    tables = {"t": Table(key=("seen",)), "u": Table(strategy="upsert")}

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, tables).start()

    assert [problem.partition(" ")[2][:10] for problem in raised.value.problems] == ['"public.t"', '"public.u"']


async def test_table_under_two_names_is_refused(target_db: Database) -> None:
    await target_db.aexecute(PLAIN)

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"t": Table(), "public.t": Table(strategy="ignore")}).start()

    assert raised.value.problems == ('table "public.t" is declared twice, as "t" and "public.t"',)


@pytest.mark.parametrize(
    "table",
    [
        Table(strategy="accumulate"),
        Table(strategy="staged"),
        Table(policies={"note": "add"}),
        Table(policies={"place": "greatest"}),
    ],
)
async def test_policy_that_a_type_does_not_know_is_refused_before_the_first_row(
    target_db: Database, table: Table
) -> None:
    await target_db.aexecute("CREATE TABLE t (id int PRIMARY KEY, note text, place point)")

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"t": table}).start()

    assert raised.value.problems[0].startswith('table "public.t": the server refuses the statement of strategy ')


async def test_proof_leaves_a_callers_session_as_it_was(target_db: Database) -> None:
    await target_db.aexecute('CREATE TABLE t (id int PRIMARY KEY, "$1" int, note text)')
    connection = await target_db.connect()
    try:
        with pytest.raises(PlanRefusedError):
            await Writer(connection, {"t": Table(policies={"note": "add"})}).start()
        async with Writer(connection, {"t": Table()}) as writer:
            await writer.write("t", [(1, 2, "a")])
        rows = await connection.fetch("SELECT * FROM t")
    finally:
        await connection.close()

    assert [tuple(row) for row in rows] == [(1, 2, "a")]


COLUMNS = """
    CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, twice int GENERATED ALWAYS AS (seen * 2) STORED,
                    seen int, at timestamptz DEFAULT now())
"""


@pytest.mark.parametrize(
    ("columns", "reasons"),
    [
        (None, ['generated by the server: "twice"', 'identity, which the server gives: "id"']),
        (
            ("id", "seen"),
            [
                'generated by the server: "twice"',
                'left to the default: "at"',
                'GENERATED ALWAYS AS IDENTITY, written with OVERRIDING SYSTEM VALUE: "id"',
            ],
        ),
    ],
)
async def test_plan_says_what_becomes_of_columns(
    target_db: Database, columns: tuple[str, ...] | None, reasons: list[str]
) -> None:
    plan = await planned(target_db, COLUMNS, Table(columns=columns))

    assert list(plan.reasons[-len(reasons) :]) == reasons


async def test_text_says_why_a_column_goes_as_text(target_db: Database) -> None:
    plan = await planned(target_db, "CREATE TABLE t (id int PRIMARY KEY, words tsvector, costs money)", Table())

    text = str(plan)

    assert 'array text[], cast to tsvector: no binary form of "tsvector" is written here' in text
    assert 'array text[], cast to money: no binary form of "money" is written here' in text
