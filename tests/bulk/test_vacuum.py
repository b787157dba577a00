"""The end of a run: loaded tables have their visibility map and statistics, and what could not be had is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from bulk.roles import dsn_as
from commands import KEEP
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.schema import vacuum
from pgsluice.schema.vacuum import vacuum_tables

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

TABLES = """
    CREATE TABLE large (id int PRIMARY KEY, v text);
    CREATE TABLE small (id int PRIMARY KEY);
    CREATE TABLE untouched (id int PRIMARY KEY);
    CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id);
    CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
    CREATE TABLE parted_low_1 PARTITION OF parted_low FOR VALUES FROM (0) TO (50);
    CREATE TABLE parted_low_2 PARTITION OF parted_low FOR VALUES FROM (50) TO (100);
    CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (999);
    CREATE TABLE animal (id int);
    CREATE TABLE cat (purrs bool) INHERITS (animal);
"""
ROWS = """
    INSERT INTO large SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n;
    INSERT INTO small SELECT generate_series(1, 10);
    INSERT INTO untouched VALUES (1);
    INSERT INTO parted SELECT n, 'p' || n FROM generate_series(1, 200) n;
    INSERT INTO animal VALUES (1), (2); INSERT INTO cat VALUES (3, true);
"""
RULES = KEEP + '[tables."public.untouched"]\nrows = "none"\n'
TAKEN = ("large", "small", "parted_low_1", "parted_low_2", "parted_high", "animal", "cat")
#: Of each table: rows as the planner believes, whether pages are all-visible, and sets of statistics.
STATE = """
    SELECT c.relname, c.reltuples::int, c.relallvisible > 0,
           count(s.attname)::int, count(s.attname) FILTER (WHERE s.inherited)::int
      FROM pg_class c LEFT JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = c.relname
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY c.oid"""


def state(database: Database) -> dict[str, tuple[int, bool, int, int]]:
    return {row[0]: tuple(row)[1:] for row in database.fetch(STATE)}


def test_copy_leaves_large_tables_visible_and_statistics_on_every_level(shell: Shell) -> None:
    shell.source.execute(TABLES + ROWS)

    ended = shell.copy(RULES, "--jobs=2", "--batch-rows=5000", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    assert ended.data["notes"] == []
    assert state(shell.target) == {
        "large": (20000, True, 2, 0),
        "small": (10, False, 1, 0),
        "untouched": (-1, False, 0, 0),
        "parted": (200, False, 2, 2),
        "parted_low": (99, False, 2, 2),
        "parted_low_1": (49, False, 2, 0),
        "parted_low_2": (50, False, 2, 0),
        "parted_high": (101, False, 2, 0),
        "animal": (2, False, 2, 1),
        "cat": (1, False, 2, 0),
    }
    # Two writers leave empty pages behind that no row has been put on.
    pages = "SELECT count(DISTINCT (ctid::text::point)[0]) FROM large"
    assert shell.target.value(pages) == shell.target.value("SELECT relallvisible FROM pg_class WHERE relname = 'large'")


def test_copy_without_analyze_leaves_the_tables_as_they_are(shell: Shell) -> None:
    shell.source.execute(TABLES + ROWS)

    ended = shell.copy(RULES, "--no-analyze")

    assert ended.status == 0, ended.said
    assert {(rows, sets) for rows, _, sets, _ in state(shell.target).values()} <= {(-1, 0), (20000, 0), (10, 0)}


def test_copy_names_the_tables_that_the_role_may_not_vacuum(shell: Shell, loader: str) -> None:
    shell.source.execute(TABLES + ROWS)
    shell.target.execute(TABLES + f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {loader}")
    if shell.target.server.major >= 17:
        shell.target.execute(f"REVOKE MAINTAIN ON ALL TABLES IN SCHEMA public FROM {loader}")
    shell.target.execute(f"ALTER TABLE large OWNER TO {loader}")

    ended = shell.copy(RULES, f"--target={dsn_as(shell.target, loader)}")

    assert ended.status == 0, ended.said
    [note] = [note for note in ended.data["notes"] if "want of rights" in note]
    names = {name.removeprefix("public.") for name in note.partition("): ")[2].split(", ")}
    assert names == {*TAKEN, "parted", "parted_low"} - {"large"}
    assert state(shell.target)["large"] == (20000, True, 2, 0)


async def test_vacuum_names_a_table_that_somebody_holds_and_does_the_others(
    target_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vacuum, "LOCK_TIMEOUT_MS", 100)
    await target_db.aexecute(TABLES + ROWS)

    async def take() -> Connection:
        return await connect(Dsn.parse(target_db.dsn, role="target"), role="target")

    holder = await asyncpg.connect(target_db.dsn)
    try:
        await holder.execute("BEGIN; LOCK TABLE small")
        sizes = {("public", name): vacuum.VACUUM_BYTES_MIN for name in TAKEN}

        notes = await vacuum_tables(take, sizes, jobs=2)
    finally:
        await holder.close()

    assert notes == ["tables that could not be vacuumed and analysed: public.small (55P03)"]
    assert state(target_db)["animal"] == (2, True, 2, 1)
