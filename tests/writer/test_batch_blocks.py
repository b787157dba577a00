"""A batch's block: tasks in it write at once, and what comes behind its end is refused."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer, WriterSettings
from pgsluice.errors import UsageError

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

PLAIN = "CREATE TABLE plain (id bigint, text text)"


def rows(start: int, end: int) -> list[tuple[int, str]]:
    return [(number, f"row {number}") for number in range(start, end)]


def writer_of(database: Database, context: Any) -> Writer:
    # Few bytes, so that a batch of a backfill is sent as it comes.
    return Writer(database.dsn, {"plain": Table()}, context=context, settings=WriterSettings(bytes_max=500))


async def written(database: Database) -> list[int]:
    return [row["id"] for row in await database.afetch("SELECT id FROM plain ORDER BY id")]


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("error", [None, ZeroDivisionError])
async def test_rows_behind_the_blocks_end_are_refused(
    target_db: Database, context: Any, error: type[Exception] | None
) -> None:
    """A batch that was sent as it came kept its session: rows behind an error went there without a transaction."""
    await target_db.aexecute(PLAIN)
    async with writer_of(target_db, context) as writer:
        with contextlib.suppress(ZeroDivisionError):
            async with writer.batch("ids", 0, 100) as batch:
                await batch.write("plain", rows(0, 100))
                if error is not None:
                    raise error
        with pytest.raises(UsageError, match="the batch has ended"):
            await batch.write("plain", rows(100, 200))
        gaps = await writer.gaps("ids", 0, 100)

    assert gaps == ([] if error is None else [(0, 100)])
    assert await written(target_db) == (list(range(100)) if error is None else [])


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_tasks_of_a_block_write_at_once(target_db: Database, context: Any) -> None:
    """Two pieces on one session at once: the second waited for ever."""
    await target_db.aexecute(PLAIN)
    async with writer_of(target_db, context) as writer, writer.batch("ids", 0, 500) as batch:
        await asyncio.gather(*(batch.write("plain", rows(start, start + 50)) for start in range(0, 500, 50)))

    assert await written(target_db) == list(range(500))


async def test_task_that_still_writes_when_the_block_fails_leaves_nothing(target_db: Database) -> None:
    await target_db.aexecute(PLAIN)
    async with writer_of(target_db, "backfill") as writer:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what fails
            async with writer.batch("ids", 0, 500) as batch:
                await batch.write("plain", rows(0, 100))
                late = asyncio.create_task(batch.write("plain", rows(100, 200)))
                await asyncio.sleep(0)
                raise ZeroDivisionError
        await asyncio.wait([late])
        gaps = await writer.gaps("ids", 0, 500)

    assert late.exception() is not None
    assert gaps == [(0, 500)]
    assert await written(target_db) == []
