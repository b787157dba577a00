"""Owns comparisons inside of this process: ways of writing rows, run in turn, each round in another order."""

from __future__ import annotations

import gc
import resource
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benches.machine import load
from benches.pairs import Spread
from benches.processes import Cost, busy_cpu_s, server_cpu_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from benches.stage import Stage


@dataclass(frozen=True)
class Way:
    """One way of doing the same work; `work` gives how many rows it has written."""

    name: str
    work: Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Turns:
    """What each way took, round by round."""

    costs: dict[str, list[Cost]]
    rows: int
    loads: tuple[float, ...]

    def ratio(self, name: str, reference: str) -> Spread:
        """How many times as fast as the reference a way is, round by round."""
        pairs = zip(self.costs[name], self.costs[reference], strict=True)
        return Spread.of([theirs.wall_s / own.wall_s for own, theirs in pairs])

    def cells(self, reference: str) -> list[tuple[str, ...]]:
        """A line of the readable table for each way."""
        return [
            (
                name,
                f"{self.rows / Spread.of([cost.wall_s for cost in costs]).median:,.0f}",
                Spread.of([cost.cpu_s for cost in costs]).text(),
                Spread.of([cost.server_cpu_s for cost in costs]).text(),
                Spread.of([cost.others_cpu_s for cost in costs]).text(1),
                "1" if name == reference else self.ratio(name, reference).text(),
            )
            for name, costs in self.costs.items()
        ]

    def figures(self, reference: str) -> dict[str, object]:
        """Everything, as data."""
        return {
            "rows": self.rows,
            "reference": reference,
            "ratios": {name: asdict(self.ratio(name, reference)) for name in self.costs},
            "runs": {name: [asdict(cost) for cost in costs] for name, costs in self.costs.items()},
            "load_before_round": list(self.loads),
        }


HEADINGS = ("", "rows/s", "own CPU s", "server CPU s", "others' CPU s", "times as fast")


async def in_turn(
    stage: Stage, ways: Sequence[Way], *, rounds: int, before: Callable[[], Awaitable[None]] | None = None
) -> Turns:
    """Run all ways, one after the other, so many times, and once more at the start, which does not count.

    `before` brings tables to the same beginning before each of them.
    """
    costs: dict[str, list[Cost]] = {way.name: [] for way in ways}
    loads = []
    rows = 0
    for number in range(rounds + 1):
        loads.append(load())
        order = ways if number % 2 else ways[::-1]
        for way in order:
            if before is not None:
                await before()
            cost, rows = await _cost(stage, way)
            if number:
                costs[way.name].append(cost)
    return Turns(costs, rows, tuple(loads[1:]))


async def _cost(stage: Stage, way: Way) -> tuple[Cost, int]:
    gc.collect()
    busy, server = busy_cpu_s(), server_cpu_s(stage.postmaster_pid)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    rows = await way.work()
    wall_s = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    server = server_cpu_s(stage.postmaster_pid) - server
    user_s, sys_s = after.ru_utime - usage.ru_utime, after.ru_stime - usage.ru_stime
    others_s = max(0.0, busy_cpu_s() - busy - server - user_s - sys_s)
    return Cost(wall_s, user_s, sys_s, after.ru_maxrss * 1024, server, others_s), rows
