"""Tables of one batch are written frozen; where that could cost somebody something, they are written as any other."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bulk.roles import dsn_as
from commands import KEEP, KEY
from pgsluice import api, points
from pgsluice._core import Key
from pgsluice.driver import Dsn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Ended, Shell
    from servers import Database

pytestmark = pytest.mark.db

ROWS = 4_000
TABLE = "CREATE TABLE middling (id int PRIMARY KEY, v text)"
#: 4,000 rows of about 120 bytes: one batch, and large enough to be worth it.
FILLED = f"{TABLE}; INSERT INTO middling SELECT n, repeat('v', 100) FROM generate_series(1, {ROWS}) n; ANALYZE"
#: Of the pages that hold rows: at the end of a file there may be others.
FROZEN = """
    SELECT bool_and(all_frozen) FROM pg_visibility_map('{0}')
     WHERE blkno IN (SELECT (ctid::text::point)[0]::int FROM {0})"""


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


def is_frozen(database: Database, table: str = "middling") -> bool:
    database.execute("CREATE EXTENSION IF NOT EXISTS pg_visibility SCHEMA pg_catalog")
    return bool(database.value(FROZEN.format(table)))


def copy(shell: Shell, *arguments: str) -> Ended:
    ended = shell.copy(KEEP, "--no-analyze", *arguments)
    assert ended.status == 0, ended.said
    assert shell.target.fetch("SELECT count(*), count(DISTINCT id) FROM middling") == [(ROWS, ROWS)]
    return ended


def test_copy_of_a_table_of_one_batch_is_frozen(shell: Shell) -> None:
    shell.source.execute(FILLED)

    copy(shell)

    assert is_frozen(shell.target)


def test_copy_of_a_table_of_several_batches_or_of_few_rows_is_not_frozen(shell: Shell) -> None:
    shell.source.execute(FILLED)
    shell.source.execute("CREATE TABLE tiny AS SELECT 1 AS id")

    copy(shell, "--batch-rows=1000", "--batch-bytes=1")

    assert not is_frozen(shell.target)
    assert not is_frozen(shell.target, "tiny")


def test_copy_by_text_is_frozen_too(shell: Shell) -> None:
    shell.source.execute(FILLED.replace("v text", "v text, r regclass"))

    copy(shell)

    assert is_frozen(shell.target)


#: What keeps a table from being emptied on the target, where it is there before.
KEPT_BACK = {
    "others refer to it": "CREATE TABLE other (id int REFERENCES middling)",
    "a trigger on its emptying": """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'emptied'; END$$;
        CREATE TRIGGER refuse BEFORE TRUNCATE ON middling EXECUTE FUNCTION refuse()""",
}


@pytest.mark.parametrize("what", KEPT_BACK)
def test_copy_into_a_table_that_must_not_be_emptied_is_as_any_other(shell: Shell, what: str) -> None:
    shell.source.execute(FILLED)
    shell.target.execute(f"{TABLE}; {KEPT_BACK[what]}")

    copy(shell)

    assert not is_frozen(shell.target)


def test_copy_as_a_role_that_may_not_truncate_is_as_any_other(shell: Shell, loader: str) -> None:
    shell.source.execute(FILLED)
    shell.target.execute(f"{TABLE}; GRANT SELECT, INSERT ON middling TO {loader}")

    copy(shell, f"--target={dsn_as(shell.target, loader)}")

    assert not is_frozen(shell.target)


async def copy_here(shell: Shell) -> api.CopyReport:
    return await api.copy(
        Dsn.parse(shell.source.dsn, role="source"),
        Dsn.parse(shell.target.dsn, role="target"),
        shell.rules(KEEP),
        Key(KEY),
        audit_directory=shell.audit_directory,
    )


async def test_rows_that_somebody_wrote_meanwhile_are_not_emptied_away(shell: Shell) -> None:
    shell.source.execute(FILLED)
    shell.target.execute(TABLE)
    write = "INSERT INTO middling VALUES (-1, 'of somebody else')"
    points.arm(points.Traps([points.Trap("batch-masked", 1, lambda: shell.target.execute(write))]))

    report = await copy_here(shell)

    assert not report.failed
    assert shell.target.fetch("SELECT count(*), min(id) FROM middling") == [(ROWS + 1, -1)]


async def test_readers_of_the_target_are_not_waited_for(shell: Shell) -> None:
    shell.source.execute(FILLED)
    shell.target.execute(TABLE)
    reader = await asyncpg.connect(shell.target.dsn)
    try:
        await reader.execute("BEGIN; SELECT FROM middling")

        report = await copy_here(shell)
    finally:
        await reader.close()

    assert not report.failed
    assert shell.target.value("SELECT count(*) FROM middling") == ROWS
    assert not is_frozen(shell.target)


@pytest.mark.chaos
@pytest.mark.parametrize("point", ["target-copy-begins", "target-batch-sent", "commit-begins", "commit-answered"])
def test_kill_of_a_frozen_copy_loses_and_doubles_nothing(shell: Shell, point: str) -> None:
    shell.source.execute(FILLED)
    # The first commit is that of the run's begin.
    nth = 2 if point.startswith("commit") else 1
    traps = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": f"{point}:{nth}:kill"}

    killed = replace(shell, environment=traps).copy(KEEP, "--no-analyze")

    assert killed.status == -signal.SIGKILL, killed.said
    copy(shell)
    assert is_frozen(shell.target)
