"""tuples: rows of Python values into an empty table with a primary key, by the Writer's COPY and by asyncpg's."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import asyncpg

from benches import rows
from benches.processes import BenchError
from benches.records import Record
from benches.stage import TARGET
from benches.turns import HEADINGS, Way, in_turn
from pgsluice import Table, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scale import Scale
    from benches.stage import Stage
    from benches.turns import Turns

REFERENCE = "asyncpg copy_records_to_table"


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure rows of ten columns, and of five narrow ones."""
    numbers = range(1, scale.tuples + 1)
    for table, given in (("users", rows.users(numbers)), ("events", rows.events(numbers))):
        stage.fill_table(table, table, 0)
        turns = asyncio.run(_measure(stage, table, given, scale.rounds))
        yield Record(
            workload=f"tuples-{table}",
            title=f"copy Python tuples into {table}, which has a primary key",
            setting={
                "rows": f"{scale.tuples:,}",
                "rounds": f"{scale.rounds} of each in turn, median (least-most)",
            },
            headings=HEADINGS,
            cells=tuple(turns.cells(REFERENCE)),
            figures=turns.figures(REFERENCE),
            server={"version": stage.server_version, "settings": dict(stage.settings)},
        )


async def _measure(stage: Stage, table: str, given: Sequence[Any], rounds: int) -> Turns:
    login = stage.login(TARGET)

    async with AsyncExitStack() as stack:
        observer = await asyncpg.connect(login)
        stack.push_async_callback(observer.close)
        writer = await stack.enter_async_context(Writer(login, {table: Table()}, context="backfill"))

        async def by_writer() -> int:
            await writer.write(table, given)
            await writer.flush()
            return len(given)

        async def by_asyncpg() -> int:
            await observer.copy_records_to_table(table, records=given)
            return len(given)

        async def empty() -> None:
            count = await observer.fetchval(f"SELECT count(*) FROM {table}")
            if count not in {0, len(given)}:
                raise BenchError(f"expected {len(given)} rows in table {table}, found {count}")
            await observer.execute(f"TRUNCATE {table}")
            await observer.execute("CHECKPOINT")

        ways = [Way("pgsluice", by_writer), Way(REFERENCE, by_asyncpg)]
        return await in_turn(stage, ways, rounds=rounds, before=empty)
