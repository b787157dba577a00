"""Names the moments of a run at which a test may stop it. In a run that no test has armed each costs one comparison.

PGSLUICE_TEST_POINT="name:nth:action,..." acts when a point is reached the nth time; PGSLUICE_TEST_POINT_FILE names a
file that gets a line for every point reached. Both are without effect unless PGSLUICE_TESTING is 1.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# In the order of a run. Tests go through this list, so a point that is not in it cannot be reached.
POINTS = (
    "target-locked",
    "definitions-begin",
    "run-recorded",
    "pre-data-begins",
    "pre-data-made",
    "run-taken-over",
    "objects-begin",
    "objects-made",
    "objects-committed",
    "large-objects-read",
    "large-object-piece-sent",
    "large-objects-sent",
    "large-objects-committed",
    "table-begins",
    "table-restart-begins",
    "table-restarted",
    "source-copy-begins",
    "source-chunk-received",
    "source-chunk-split",
    "source-batch-counted",
    "batch-begins",
    "batch-masked",
    "target-copy-begins",
    "target-batch-half-sent",
    "target-batch-sent",
    "target-batch-counted",
    "audit-prepared",
    "commit-begins",
    "commit-answered",
    "batch-done",
    "table-copied",
    "table-done",
    "post-data-begins",
    "post-data-made",
    "schema-complete",
    "run-end-begins",
    "run-done",
    "shutdown-begins",
    "shutdown-recorded",
)

# In the order in which a partition is made and detached; a copy reaches none of them.
PARTITION_POINTS = (
    "partition-created",
    "partition-filled",
    "partition-attached",
    "partition-made",
    "partition-detached",
)

# In the order in which a writer goes on without rows that are refused.
REJECT_POINTS = (
    "writer-piece-begins",
    "writer-rejects-recorded",
    "writer-rejects-committed",
)

# In the order of a flush, and of a batch that is too large to be held; a copy reaches none of them.
WRITER_POINTS = (
    "writer-flush-begins",
    "writer-transaction-begun",
    "writer-statement-begins",
    "writer-statement-answered",
    "writer-piece-sent",
    "writer-range-begins",
    "writer-range-recorded",
    "writer-commit-begins",
    "writer-flush-answered",
)


class InjectedError(Exception):
    """What the action `raise` raises: an error that nobody expects."""


def _raise() -> None:
    raise InjectedError


_ACTIONS: Mapping[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
    "terminate": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "raise": _raise,
}


@dataclass(frozen=True)
class Trap:
    """What to do when a point is reached the nth time; 0 is every time."""

    name: str
    nth: int
    act: Callable[[], None]

    def __post_init__(self) -> None:
        _check(self.name)


class Traps:
    """The traps of a process; counts how often each point was reached."""

    def __init__(self, traps: Sequence[Trap] = (), trace: Path | None = None) -> None:
        self._traps = traps
        self._trace = trace
        self.counts: Counter[str] = Counter()

    def reached(self, name: str) -> None:
        """Count, write down, and act if it is the time."""
        _check(name)
        self.counts[name] += 1
        if self._trace is not None:
            with self._trace.open("a") as file:
                file.write(f"{name}\n")
        for trap in self._traps:
            if trap.name == name and trap.nth in {0, self.counts[name]}:
                trap.act()


_armed: Traps | None = None


def reached(name: str) -> None:
    """Say that the run is at a point."""
    if _armed is not None:
        _armed.reached(name)


def arm(traps: Traps | None) -> None:
    """Set the traps of this process, or take them away."""
    global _armed  # noqa: PLW0603 - a process is armed as a whole
    _armed = traps


def traps_of(environment: Mapping[str, str]) -> Traps | None:
    """Read the traps that the environment describes; None without the word that this is a test."""
    texts, trace = environment.get("PGSLUICE_TEST_POINT", ""), environment.get("PGSLUICE_TEST_POINT_FILE")
    if environment.get("PGSLUICE_TESTING") != "1" or not (texts or trace):
        return None
    traps = [_trap(text) for text in texts.split(",") if text]
    return Traps(traps, Path(trace) if trace else None)


def _trap(text: str) -> Trap:
    name, nth, action = text.split(":")
    return Trap(name, int(nth), _ACTIONS[action])


def _check(name: str) -> None:
    if not any(name in points for points in (POINTS, PARTITION_POINTS, REJECT_POINTS, WRITER_POINTS)):
        raise ValueError(f'there is no point "{name}"')


arm(traps_of(os.environ))
