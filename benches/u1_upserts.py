"""U1: upserts of random keys into a table of many rows, by the Writer and by what programs use without it."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg

from benches import plain
from benches.records import Record
from benches.rows import events
from benches.stage import TARGET
from benches.turns import HEADINGS, Way, in_turn
from pgsluice import Table, Writer, WriterSettings
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.rows import Event
    from benches.scale import Scale
    from benches.stage import Stage
    from benches.turns import Turns

REFERENCE = "asyncpg executemany"
_STRATEGIES = [found.name for found in STRATEGIES if found.name in {"upsert", "merge"}]


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure every size of batch."""
    from benches import peers  # noqa: PLC0415 - the extra "bench"

    stage.fill_table("events", "events", scale.upsert_table)
    cells, figures = [], {}
    for size in scale.upsert_batches:
        turns = asyncio.run(_measure(stage, scale, size))
        cells += [(f"{size:,}", *line) for line in turns.cells(REFERENCE)]
        figures[str(size)] = turns.figures(REFERENCE)
    yield Record(
        workload="U1",
        title="upserts of random keys, each batch a commit",
        setting={
            "table": f"events, {scale.upsert_table:,} rows, five columns, a primary key; all keys are there",
            "batches of a run": ", ".join(f"{_count(scale, size)} of {size:,}" for size in scale.upsert_batches),
            "rounds": f"{scale.rounds} of each in turn, median (least-most)",
            **peers.versions(),
        },
        headings=("rows a batch", *HEADINGS),
        cells=tuple(cells),
        figures=figures,
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


def _count(scale: Scale, size: int) -> int:
    return max(1, min(50, scale.upsert_rows // size))


async def _measure(stage: Stage, scale: Scale, size: int) -> Turns:
    from benches import peers  # noqa: PLC0415 - the extra "bench"

    chance = random.Random(size)
    batches = [
        events(chance.sample(range(1, scale.upsert_table + 1), size), shift=number)
        for number in range(_count(scale, size))
    ]
    login = stage.login(TARGET)
    async with AsyncExitStack() as stack:
        ways = []
        for strategy in _STRATEGIES:
            settings = WriterSettings(rows_max=size, bytes_max=1 << 30)
            writer = Writer(login, {"events": Table(strategy=strategy)}, settings=settings)
            ways.append(Way(f"pgsluice {strategy}", writing(await stack.enter_async_context(writer), batches)))
        connection = await asyncpg.connect(login)
        stack.push_async_callback(connection.close)
        psycopg = stack.enter_context(peers.psycopg_connection(login))
        engine = stack.enter_context(peers.sqlalchemy_engine(login))
        ways += [
            Way(REFERENCE, lambda: plain.by_executemany(connection, batches)),
            Way("asyncpg unnest", lambda: plain.by_unnest(connection, batches)),
            Way("psycopg executemany", lambda: peers.by_psycopg(psycopg, batches)),
            Way("SQLAlchemy insertmanyvalues", lambda: peers.by_sqlalchemy(engine, batches)),
        ]

        async def vacuum() -> None:
            await connection.execute("VACUUM events")

        return await in_turn(stage, ways, rounds=scale.rounds, before=vacuum)


def writing(writer: Writer, batches: Sequence[Sequence[Event]]) -> plain.Work:
    async def work() -> int:
        for batch in batches:
            await writer.write("events", batch)
            await writer.flush()
        return sum(map(len, batches))

    return work
