"""A declaration that would be passed over, or could not work on its table, is refused when the writer begins."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import PlanRefusedError, Table, Writer
from pgsluice.errors import UsageError
from pgsluice.plan.writes import COLUMNS_MAX
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from pgsluice.config.table import Context
    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

PLAIN = "CREATE TABLE t (k int PRIMARY KEY, n int, v int, note text)"
DEFERRABLE = "CREATE TABLE t (k int PRIMARY KEY DEFERRABLE, n int)"
RULED = f"{PLAIN}; CREATE TABLE log (k int); CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.k)"
OPEN = 'CREATE TABLE t (k int, n int, "is open" bool DEFAULT true); CREATE UNIQUE INDEX ON t (k) WHERE "is open"'
DAYS = "CREATE TABLE t (k int, at date, PRIMARY KEY (k, at)) PARTITION BY RANGE (at)"
TWO = "CREATE TABLE t (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, a int NOT NULL UNIQUE, b int NOT NULL UNIQUE)"


async def problems(database: Database, sql: str, table: Table, context: Context = "live") -> tuple[str, ...]:
    await database.aexecute(sql)
    with pytest.raises(PlanRefusedError) as raised:
        await Writer(database.dsn, {"t": table}, context=context).start()
    return raised.value.problems


@pytest.mark.parametrize(
    ("sql", "table", "text"),
    [
        # These were passed over: rows of an older version came through, or no row was ever changed.
        (PLAIN, Table(newer_by="k"), 'column "k": newer_by names a column of the conflict key'),
        (PLAIN, Table(newer_by="v", policies={"*": "keep", "n": "overwrite"}), 'column "v": newer_by needs a version'),
        (PLAIN, Table(newer_by="v", policies={"v": "least"}), 'column "v": newer_by needs a version'),
        (PLAIN, Table(policies={"k": "add"}), 'column "k": policy for a column of the conflict key'),
        (PLAIN, Table(strategy="ignore", newer_by="v"), "strategy ignore changes no row that is there"),
        (PLAIN, Table(strategy="ignore", policies={"n": "add"}), "strategy ignore changes no row that is there"),
        (PLAIN, Table(strategy="copy", policies={"n": "add"}), "strategy copy changes no row that is there"),
        ("CREATE TABLE t (n int)", Table(policies={"n": "add"}), "strategy copy changes no row that is there"),
        # The first flush said these, by an SQLSTATE.
        (PLAIN, Table(strategy="merge", policies={"note": "add"}), "42883: a policy does not fit a column's type"),
        (DEFERRABLE, Table(key=("k",)), 'cannot be about ("k"): its constraint is deferrable'),
        (DEFERRABLE, Table(strategy="ignore"), 'be about one that is deferrable: "t_pkey"'),
        (OPEN, Table(key=("k",), columns=("k", "n")), 'column "is open": index "t_k_idx" is for rows "is open"'),
        # And of these not the reason was said, or a wrong one beside it.
        (RULED, Table(), "has rules for INSERT or UPDATE"),
        (RULED, Table(strategy="copy"), "0A000: the table's rules do not go with it"),
        (DAYS, Table(key=("k",)), 'a unique key of a partitioned table contains the partition key "at"'),
        (TWO, Table(strategy="upsert"), 'of several unique indexes one must be named as key: ("a") or ("b")'),
    ],
)
async def test_declaration_is_refused_with_its_reason(target_db: Database, sql: str, table: Table, text: str) -> None:
    (problem,) = await problems(target_db, sql, table)

    assert text in problem


@pytest.mark.parametrize("strategy", [found for found in STRATEGIES if found.promises.needs_key], ids=lambda s: s.name)
async def test_key_that_is_deferrable_is_none(target_db: Database, strategy: Strategy) -> None:
    """Every flush failed with SQLSTATE 55000; what `staged` had taken could never be added up."""
    (problem,) = await problems(target_db, DEFERRABLE, Table(strategy=strategy.name))

    assert problem.endswith("ON CONFLICT cannot be about the primary key: its constraint is deferrable")


@pytest.mark.parametrize(
    ("sql", "chosen", "key"),
    [
        (DEFERRABLE, "copy", ()),
        (f"{DEFERRABLE}; ALTER TABLE t ALTER n SET NOT NULL; CREATE UNIQUE INDEX ON t (n)", "upsert", ("n",)),
        (TWO, "copy", ()),
        (TWO.replace("b int NOT NULL UNIQUE", "b int UNIQUE"), "upsert", ("a",)),
        (TWO.replace("NOT NULL", ""), "copy", ()),
        ("CREATE TABLE t (a int NOT NULL, n int); CREATE UNIQUE INDEX ON t (a) WHERE n > 0", "copy", ()),
        ("CREATE TABLE t (a int NOT NULL UNIQUE, n int)", "upsert", ("a",)),
    ],
)
async def test_key_is_the_only_one_that_can_be_meant(
    target_db: Database, sql: str, chosen: str, key: tuple[str, ...]
) -> None:
    """Rows with a unique name and a number from the server were copied, and failed when they were sent again."""
    await target_db.aexecute(sql)

    async with Writer(target_db.dsn, {"t": Table()}) as writer:
        (plan,) = writer.explain()

    assert (plan.strategy.name, plan.part.shape.key) == (chosen, key)


@pytest.mark.parametrize(
    ("strategy", "right"),
    [("copy", "INSERT (k)"), ("ignore", "INSERT"), ("upsert", "INSERT, SELECT (k), UPDATE (k)")],
)
async def test_right_on_a_column_that_is_missing_is_told_when_the_block_begins(
    target_db: Database, strategy: str, right: str
) -> None:
    await target_db.aexecute(f"{PLAIN}; CREATE ROLE narrow; GRANT {right} ON t TO narrow")
    connection = await target_db.connect()
    try:
        await connection.execute("SET ROLE narrow")
        with pytest.raises(PlanRefusedError) as raised:
            await Writer(connection, {"t": Table(strategy=strategy)}).start()
    finally:
        await connection.close()
        await target_db.aexecute("DROP OWNED BY narrow; DROP ROLE narrow")

    assert "SQLSTATE 42501" in raised.value.problems[0]


async def test_statements_that_are_refused_are_told_at_once(target_db: Database) -> None:
    await target_db.aexecute(f"{PLAIN}; CREATE TABLE u (k int PRIMARY KEY, note text)")
    tables = {name: Table(policies={"note": "add"}) for name in ("t", "u")}

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, tables).start()

    assert [problem.partition(":")[0] for problem in raised.value.problems] == ['table "public.t"', 'table "public.u"']


async def test_more_columns_than_parameters_are_refused(target_db: Database) -> None:
    """The first flush of all tables failed, and said that a session was lost."""
    columns = ", ".join(f"c{number} int" for number in range(1, 1600))
    names = [f"t{number}" for number in range(21)]
    await target_db.aexecute("; ".join(f"CREATE TABLE {name} (c0 int PRIMARY KEY, {columns})" for name in names))

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {name: Table() for name in names}).start()

    assert raised.value.problems == (f"the tables have 33,600 columns together, and a statement takes {COLUMNS_MAX:,}",)


async def test_traceback_of_a_refusal_shows_its_reasons(target_db: Database) -> None:
    """Nobody who did not print `detail` was told more than that the table cannot be written."""
    await target_db.aexecute(f"{PLAIN}")

    with pytest.raises(PlanRefusedError) as raised:
        await Writer(target_db.dsn, {"t": Table(key=("n",), newer_by="k")}).start()

    shown = "".join(traceback.format_exception(raised.value))
    assert all(problem in shown for problem in raised.value.problems)
    assert f"Hint: {raised.value.hint}" in shown


@pytest.mark.parametrize("given", [(), ("k", "k")], ids=repr)
@pytest.mark.parametrize("name", ["columns", "key"])
def test_names_of_columns_are_some_and_each_once(name: str, given: Any) -> None:
    with pytest.raises(UsageError) as raised:
        Table(**{name: given})

    assert raised.value.message.startswith(f"{name} of a table: expected names of columns, each once")


async def test_strategy_for_backfills_is_looked_at_in_live_context_too(target_db: Database) -> None:
    await target_db.aexecute(PLAIN)

    with pytest.raises(UsageError, match="unrecognized strategy"):
        await Writer(target_db.dsn, {"t": Table(backfill="upsrt")}).start()


@pytest.mark.parametrize("policy", ["add", "greatest"])
async def test_backfill_of_a_declaration_with_policies_copies(target_db: Database, policy: Any) -> None:
    await target_db.aexecute(PLAIN)
    table = Table(policies={"n": policy}, newer_by="v")

    async with Writer(target_db.dsn, {"t": table}, context="backfill") as writer:
        (plan,) = writer.explain()

    assert plan.is_copy
