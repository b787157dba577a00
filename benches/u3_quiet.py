"""U3: upserts of rows that are there as they are: WAL, waits for the disk and speed of each way to leave them alone."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING

import asyncpg

from benches import plain
from benches.records import Record
from benches.rows import events
from benches.stage import TARGET
from benches.turns import HEADINGS, Way, in_turn
from benches.u1_upserts import writing
from pgsluice import Table, Writer, WriterSettings
from pgsluice.wal import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.scale import Scale
    from benches.stage import Stage
    from benches.turns import Turns
    from pgsluice.wal import WalBill

REFERENCE = "asyncpg unnest, ON CONFLICT ... WHERE"
_STRATEGIES = ("quiet_upsert", "cte_upsert", "upsert")
_COLUMNS = "ts, user_id, kind, value"
_ROWS = f"{plain.ARRAYS} AS i (id, ts, user_id, kind, value)"
_GUARDED = f"""
    INSERT INTO events AS t (id, {_COLUMNS}) SELECT * FROM {_ROWS} ON CONFLICT (id) DO UPDATE SET {plain.SET}
     WHERE (t.ts, t.user_id, t.kind, t.value)
           IS DISTINCT FROM (excluded.ts, excluded.user_id, excluded.kind, excluded.value)
"""
_CTE = f"""
    WITH i AS MATERIALIZED (SELECT * FROM {_ROWS}),
         new AS (INSERT INTO events (id, {_COLUMNS}) SELECT * FROM i ON CONFLICT (id) DO NOTHING RETURNING id)
    UPDATE events AS t SET ts = i.ts, user_id = i.user_id, kind = i.kind, value = i.value FROM i
     WHERE t.id = i.id AND (t.ts, t.user_id, t.kind, t.value) IS DISTINCT FROM (i.ts, i.user_id, i.kind, i.value)
       AND NOT EXISTS (SELECT FROM new WHERE new.id = i.id)
"""


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure speed in turn, and the log of one more run of each way."""
    stage.fill_table("events", "events", scale.upsert_table)
    turns, bills = asyncio.run(_measure(stage, scale))
    rows = turns.rows
    yield Record(
        workload="U3",
        title="upserts of rows that are there as they are",
        setting={
            "table": f"events, {scale.upsert_table:,} rows, five columns",
            "rows of a run": f"{rows:,}, in batches of {scale.quiet_batch:,}",
            "rounds": f"{scale.rounds} of each in turn, median (least-most)",
        },
        headings=(*HEADINGS, "WAL bytes a row", "commits"),
        cells=tuple(
            (*line, f"{bills[line[0]].bytes / rows:.1f}", str(bills[line[0]].commits))
            for line in turns.cells(REFERENCE)
        ),
        figures=turns.figures(REFERENCE) | {"wal": {name: asdict(bill) for name, bill in bills.items()}},
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


async def _measure(stage: Stage, scale: Scale) -> tuple[Turns, dict[str, WalBill]]:
    chance = random.Random(3)
    size = scale.quiet_batch
    batches = [events(chance.sample(range(1, scale.upsert_table + 1), size)) for _ in range(scale.upsert_rows // size)]
    login = stage.login(TARGET)
    async with AsyncExitStack() as stack:
        ways = []
        for strategy in _STRATEGIES:
            settings = WriterSettings(rows_max=size, bytes_max=1 << 30)
            writer = Writer(login, {"events": Table(strategy=strategy)}, settings=settings)
            ways.append(Way(f"pgsluice {strategy}", writing(await stack.enter_async_context(writer), batches)))
        connection = await asyncpg.connect(login)
        stack.push_async_callback(connection.close)
        ways += [
            Way(REFERENCE, lambda: plain.by_unnest(connection, batches, _GUARDED)),
            Way("asyncpg unnest, INSERT and UPDATE in a CTE", lambda: plain.by_unnest(connection, batches, _CTE)),
        ]

        async def vacuum() -> None:
            await connection.execute("VACUUM events")

        turns = await in_turn(stage, ways, rounds=scale.rounds, before=vacuum)
        bills = {}
        for way in ways:
            await vacuum()
            bills[way.name] = await measure(login, way.work)
        return turns, bills
