"""U2: a flush of four tables over a slow link: by the Writer, and by a statement for each table in a transaction."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import asyncpg

from benches import plain
from benches.delay import delayed
from benches.pairs import Spread
from benches.records import Record
from benches.rows import events
from benches.stage import TARGET
from pgsluice import Table, Writer, WriterSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from benches.scale import Scale
    from benches.stage import Stage

DELAY_S = 0.01
ROWS = 200
TABLES = ("flush_a", "flush_b", "flush_c", "flush_d")


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Count the round trips of a flush and take its time."""
    for table in TABLES:
        stage.fill_table(table, "events", 1_000)
    found = asyncio.run(_measure(stage.login(TARGET), scale.flushes))
    cells = [
        (name, "-".join(map(str, sorted({trips for trips, _ in flushes}))), _ms(flushes).text(0))
        for name, flushes in found.items()
    ]
    yield Record(
        workload="U2",
        title=f"a flush of {len(TABLES)} tables, {ROWS} rows each, over a link with {DELAY_S * 1000:.0f} ms each way",
        setting={"flushes": f"{scale.flushes} of each in turn after two that do not count, median (least-most)"},
        headings=("", "round trips", "ms"),
        cells=tuple(cells),
        figures={
            name: {"round_trips": [trips for trips, _ in flushes], "ms": vars(_ms(flushes))}
            for name, flushes in found.items()
        },
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


def _ms(flushes: list[tuple[int, float]]) -> Spread:
    return Spread.of([wall_s * 1000 for _, wall_s in flushes])


async def _measure(login: str, count: int) -> dict[str, list[tuple[int, float]]]:
    rows = events(range(1, ROWS + 1))
    found: dict[str, list[tuple[int, float]]] = {}
    async with delayed(login, DELAY_S) as (link, late_login):
        connection: asyncpg.Connection[Any] = await asyncpg.connect(late_login)
        # No flush by age: it would be somebody else's round trip.
        settings = WriterSettings(age_s=3600)
        async with Writer(late_login, dict.fromkeys(TABLES, Table()), settings=settings) as writer:

            async def by_writer() -> None:
                for table in TABLES:
                    await writer.write(table, rows)
                await writer.flush()

            async def by_unnest() -> None:
                async with connection.transaction():
                    for table in TABLES:
                        columns = map(list, zip(*rows, strict=True))
                        await connection.execute(plain.upsert(f"SELECT * FROM {plain.ARRAYS}", table=table), *columns)

            async def by_executemany() -> None:
                async with connection.transaction():
                    for table in TABLES:
                        await connection.executemany(plain.upsert("VALUES ($1, $2, $3, $4, $5)", table=table), rows)

            ways: dict[str, Callable[[], Awaitable[None]]] = {
                "pgsluice": by_writer,
                "asyncpg unnest, four statements": by_unnest,
                "asyncpg executemany, four calls": by_executemany,
            }
            for number in range(count + 2):
                for name, work in ways.items():
                    before, started = link.round_trips, time.perf_counter()
                    await work()
                    if number >= 2:  # Statements are prepared by then.
                        cost = link.round_trips - before, time.perf_counter() - started
                        found.setdefault(name, []).append(cost)
        await connection.close()
    return found
