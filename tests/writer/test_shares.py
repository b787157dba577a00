"""The last rows of a backfill are shared out to all flights, and stay in the writer where these fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice import Table, Writer, WriterSettings
from pgsluice.errors import ServerError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

TABLES = """
    CREATE TABLE moves (id bigint PRIMARY KEY, note text);
    CREATE TABLE marks (id bigint PRIMARY KEY, note text);
"""
COUNT = 9_001


def rows(first: int = 0) -> list[tuple[int, str]]:
    return [(first + number, "x") for number in range(COUNT)]


def backfill(database: Database, rows_max: int) -> Writer:
    settings = WriterSettings(rows_max=rows_max)
    return Writer(database.dsn, {"moves": Table(), "marks": Table()}, context="backfill", settings=settings)


@pytest.mark.parametrize("rows_max", [1, 100, 5_000, 100_000])
async def test_rows_are_there_once_whatever_their_shares(target_db: Database, rows_max: int) -> None:
    await target_db.aexecute(TABLES)

    async with backfill(target_db, rows_max) as writer:
        await writer.write("moves", rows())
        await writer.write("marks", rows(COUNT))
        await writer.flush()
        await writer.write("moves", rows(COUNT))

    found = await target_db.afetch(
        "SELECT (SELECT count(*) FROM moves), (SELECT sum(id) FROM moves), (SELECT count(*) FROM marks)"
    )
    assert tuple(found[0]) == (2 * COUNT, sum(range(2 * COUNT)), COUNT)


async def test_shares_that_fail_stay_in_the_writer(target_db: Database) -> None:
    await target_db.aexecute(TABLES)
    # Each piece of what is written meets one of them.
    await target_db.aexecute(f"INSERT INTO moves SELECT n * 100, 'y' FROM generate_series(0, {COUNT // 100}) AS n")
    writer = backfill(target_db, 100_000)
    await writer.start()
    await writer.write("moves", rows())
    writer._outbox._settings = WriterSettings(rows_max=5_000)  # As if both flights had been on their way until now.
    with pytest.raises(ServerError) as caught:
        await writer.flush()
    kept = writer.discard()
    await writer.abort()

    assert caught.value.sqlstate == "23505"
    assert kept == COUNT
    assert (await target_db.afetch("SELECT count(*) FROM moves WHERE note = 'x'"))[0][0] == 0
