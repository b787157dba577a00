"""U4: many writers on few counters: an upsert for each event, and events added up before they are written."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import asyncpg

from benches.processes import BenchError
from benches.records import Record
from benches.stage import TARGET
from benches.turns import HEADINGS, Way, in_turn
from pgsluice import Table, Writer, WriterSettings
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scale import Scale
    from benches.stage import Stage
    from benches.turns import Turns

REFERENCE = "asyncpg, an upsert for each event"
COUNTERS = 100
BATCH = 100
_ONE = "INSERT INTO counters AS c VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = c.n + excluded.n"
_STRATEGIES = [found.name for found in STRATEGIES if found.name in {"accumulate", "staged"}]


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Count the same events in each way."""
    stage.value("DROP TABLE IF EXISTS counters; CREATE TABLE counters (id int PRIMARY KEY, n bigint NOT NULL)")
    turns = asyncio.run(_measure(stage, scale))
    yield Record(
        workload="U4",
        title=f"{scale.writers} writers on {COUNTERS} counters",
        setting={
            "events": f"{scale.writers} times {scale.events_a_writer:,}, random counters",
            "batches": f"pgsluice: {BATCH} events, each batch a commit",
            "rounds": f"{scale.rounds} of each in turn, median (least-most)",
        },
        headings=("", "events/s", *HEADINGS[2:]),
        cells=tuple(turns.cells(REFERENCE)),
        figures=turns.figures(REFERENCE),
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


async def _measure(stage: Stage, scale: Scale) -> Turns:
    chance = random.Random(4)
    streams = [[(chance.randrange(COUNTERS), 1) for _ in range(scale.events_a_writer)] for _ in range(scale.writers)]
    total = scale.writers * scale.events_a_writer
    login = stage.login(TARGET)
    async with AsyncExitStack() as stack:
        connections = []
        for _ in streams:
            connection: asyncpg.Connection[Any] = await asyncpg.connect(login)
            stack.push_async_callback(connection.close)
            connections.append(connection)

        async def by_upsert() -> int:
            async def write(connection: asyncpg.Connection[Any], stream: Sequence[tuple[int, int]]) -> None:
                for event in stream:
                    await connection.execute(_ONE, *event)

            await asyncio.gather(*map(write, connections, streams))
            return total

        ways = [Way(REFERENCE, by_upsert)]
        for strategy in _STRATEGIES:
            writers = []
            for _ in streams:
                settings = WriterSettings(rows_max=BATCH)
                writer = Writer(login, {"counters": Table(strategy=strategy)}, settings=settings)
                writers.append(await stack.enter_async_context(writer))
            ways.append(Way(f"pgsluice {strategy}", _counting(writers, streams)))

        async def clear() -> None:
            counted = await connections[0].fetchval("SELECT sum(n) FROM counters")
            if counted not in {None, total}:
                raise BenchError(f"expected {total} events counted, found {counted}")
            await connections[0].execute("TRUNCATE counters")

        turns = await in_turn(stage, ways, rounds=scale.rounds, before=clear)
        await clear()
        return turns


def _counting(writers: Sequence[Writer], streams: Sequence[Sequence[tuple[int, int]]]) -> Any:
    async def write(writer: Writer, stream: Sequence[tuple[int, int]]) -> None:
        for event in stream:
            await writer.write("counters", [event])
        await writer.flush()

    async def work() -> int:
        await asyncio.gather(*map(write, writers, streams))
        await writers[0].fold()  # What is staged counts when it is added up.
        return sum(map(len, streams))

    return work
