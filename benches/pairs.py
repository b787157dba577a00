"""Owns the comparison of two commands run in turn: on a shared machine only their ratio means anything."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from benches.machine import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.processes import Cost


class Copies(Protocol):
    """What can run a command from the same beginning again and again."""

    def run(self, name: str, commands: Sequence[Sequence[str]]) -> Cost:
        """Begin anew, run, look whether all arrived."""
        ...


@dataclass(frozen=True)
class Spread:
    """Median of several runs, with the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum runs up."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        """1.02 (0.98-1.05)."""
        return f"{self.median:.{digits}f} ({self.least:.{digits}f}-{self.most:.{digits}f})"


@dataclass(frozen=True)
class Comparison:
    """Runs of ours and of the reference, one pair after the other."""

    ours: tuple[Cost, ...]
    reference: tuple[Cost, ...]
    loads: tuple[float, ...]

    @property
    def ratio(self) -> Spread:
        """How many times as fast as the reference we are, pair by pair."""
        return Spread.of([theirs.wall_s / own.wall_s for own, theirs in zip(self.ours, self.reference, strict=True)])

    def figures(self) -> dict[str, object]:
        """Everything, as data."""
        return {
            "ratio": asdict(self.ratio),
            "pairs": len(self.ours),
            "ours": {"spread": _spreads(self.ours), "runs": [asdict(cost) for cost in self.ours]},
            "reference": {
                "spread": _spreads(self.reference),
                "runs": [asdict(cost) for cost in self.reference],
            },
            "load_before_pair": list(self.loads),
        }


def compare(
    stage: Copies, name: str, ours: Sequence[Sequence[str]], reference: Sequence[Sequence[str]], *, pairs: int
) -> Comparison:
    """Copy a table, or a database, both ways in turn, after one of each that does not count: it fills the caches."""
    stage.run(name, reference)
    stage.run(name, ours)
    own, theirs, loads = [], [], []
    for _ in range(pairs):
        loads.append(load())
        own.append(stage.run(name, ours))
        theirs.append(stage.run(name, reference))
    return Comparison(tuple(own), tuple(theirs), tuple(loads))


def _spreads(costs: Sequence[Cost]) -> dict[str, object]:
    return {
        "wall_s": asdict(Spread.of([cost.wall_s for cost in costs])),
        "cpu_s": asdict(Spread.of([cost.cpu_s for cost in costs])),
        "server_cpu_s": asdict(Spread.of([cost.server_cpu_s for cost in costs])),
        "others_cpu_s": asdict(Spread.of([cost.others_cpu_s for cost in costs])),
        "rss_mib_max": asdict(Spread.of([cost.rss_bytes_max / 2**20 for cost in costs])),
    }
