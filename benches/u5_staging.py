"""U5: from how many rows a flush on a temporary table pays, in time and in the server's memory."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from benches import rows
from benches.processes import children
from benches.records import Record
from benches.stage import TARGET
from benches.turns import HEADINGS, Way, in_turn
from pgsluice import Table, Writer, WriterSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from typing import Any

    from benches.scale import Scale
    from benches.stage import Stage
    from benches.turns import Turns

REFERENCE = "upsert"
_TABLES = {
    "events": ("five narrow columns", rows.events),
    "users": ("ten columns, one of them jsonb", rows.users),
}
_WATCH_S = 0.004


@dataclass
class Peak:
    """The most memory of its own that any process of the server had."""

    size_bytes: int = 0


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure both tables."""
    for table, (shape, make) in _TABLES.items():
        stage.fill_table(table, table, scale.upsert_table)
        cells, figures = [], {}
        for size in scale.staged_batches:
            chance = random.Random(size)
            given = make(chance.sample(range(1, scale.upsert_table + 1), size))
            turns, peaks = asyncio.run(_measure(stage, table, given, scale.rounds))
            cells += [(f"{size:,}", *line, f"{peaks[line[0]] / 2**20:.0f}") for line in turns.cells(REFERENCE)]
            figures[str(size)] = turns.figures(REFERENCE) | {"peak_bytes": peaks}
        yield Record(
            workload=f"U5-{table}",
            title=f"upserts of random keys in one flush, as arrays and by a temporary table: {shape}",
            setting={
                "table": f"{table}, {scale.upsert_table:,} rows, a primary key; all keys are there",
                "rounds": f"{scale.rounds} of each in turn, median (least-most); memory in one more",
            },
            headings=("rows a flush", *HEADINGS, "MiB of its own of the server's session"),
            cells=tuple(cells),
            figures=figures,
            server={"version": stage.server_version, "settings": dict(stage.settings)},
        )


async def _measure(stage: Stage, table: str, given: Sequence[Any], rounds: int) -> tuple[Turns, dict[str, int]]:
    login = stage.login(TARGET)
    settings = WriterSettings(rows_max=len(given), bytes_max=1 << 30)
    async with AsyncExitStack() as stack:
        ways = []
        for name in (REFERENCE, "merge"):
            writer = Writer(login, {table: Table(strategy=name)}, settings=settings)
            ways.append(Way(name, _flushing(await stack.enter_async_context(writer), table, given)))
        connection = await asyncpg.connect(login)
        stack.push_async_callback(connection.close)

        async def vacuum() -> None:
            await connection.execute(f"VACUUM {table}")

        turns = await in_turn(stage, ways, rounds=rounds, before=vacuum)
    peaks = {}
    for name in (REFERENCE, "merge"):
        # A session of its own: what another flush took is given back when a session ends.
        async with Writer(login, {table: Table(strategy=name)}, settings=settings) as writer:
            with _peak(stage.postmaster_pid) as peak:
                await _flushing(writer, table, given)()
        peaks[name] = peak.size_bytes
    return turns, peaks


def _flushing(writer: Writer, table: str, given: Sequence[Any]) -> Callable[[], Awaitable[int]]:
    async def work() -> int:
        await writer.write(table, given)
        await writer.flush()
        return len(given)

    return work


@contextmanager
def _peak(postmaster_pid: int) -> Iterator[Peak]:
    """Watch the server's processes from a thread, for this one's loop is busy."""
    peak, is_over = Peak(), threading.Event()

    def watch() -> None:
        while not is_over.wait(_WATCH_S):
            peak.size_bytes = max([peak.size_bytes, *(_own_bytes(pid) for pid, _ in children(postmaster_pid))])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()


def _own_bytes(pid: int) -> int:
    """Memory that a process shares with nobody; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("RssAnon:")] or ["0"]
    return int(kilobytes) * 1024
