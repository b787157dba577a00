"""Names the moments of a run at which a test may stop it. In a run that no test has armed each costs one comparison.

PGSLUICE_TEST_POINT="name:nth:action" acts when a point is reached the nth time; PGSLUICE_TEST_POINT_FILE names a file
that gets a line for every point reached. Both are without effect unless PGSLUICE_TESTING is 1.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

# In the order of a run. Tests go through this list, so a point that is not in it cannot be reached.
POINTS = (
    "target-locked",
    "run-recorded",
    "pre-data-begins",
    "pre-data-made",
    "run-taken-over",
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
    "table-recorded",
    "table-done",
    "post-data-begins",
    "post-data-made",
    "schema-complete",
    "run-end-begins",
    "run-end-recorded",
    "run-done",
    "shutdown-begins",
    "shutdown-recorded",
)


class InjectedError(Exception):
    """What the action `raise` raises: an error that nobody expects."""


_ACTIONS: Mapping[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
    "terminate": lambda: os.kill(os.getpid(), signal.SIGTERM),
}


class Trap:
    """Acts when one point is reached for the nth time; counts how often each was reached."""

    def __init__(self, name: str, nth: int, act: Callable[[], None], trace: Path | None = None) -> None:
        if name and name not in POINTS:
            raise ValueError(f'there is no point "{name}"')
        self._name = name
        self._nth = nth
        self._act = act
        self._trace = trace
        self.counts: Counter[str] = Counter()

    def reached(self, name: str) -> None:
        """Count, write down, and act if it is the time."""
        if name not in POINTS:
            raise ValueError(f'there is no point "{name}"')
        self.counts[name] += 1
        if self._trace is not None:
            with self._trace.open("a") as file:
                file.write(f"{name}\n")
        if name == self._name and self.counts[name] == self._nth:
            self._act()


_armed: Trap | None = None


def reached(name: str) -> None:
    """Say that the run is at a point."""
    if _armed is not None:
        _armed.reached(name)


def arm(trap: Trap | None) -> None:
    """Set the trap of this process, or take it away."""
    global _armed  # noqa: PLW0603 - tests arm a process as a whole
    _armed = trap


def trap_of(environment: Mapping[str, str]) -> Trap | None:
    """Read the trap that the environment describes; None without the word that this is a test."""
    text, trace = environment.get("PGSLUICE_TEST_POINT", ""), environment.get("PGSLUICE_TEST_POINT_FILE")
    if environment.get("PGSLUICE_TESTING") != "1" or not (text or trace):
        return None
    name, _, rest = text.partition(":")
    nth, _, action = rest.partition(":")
    return Trap(name, int(nth or 1), _ACTIONS.get(action, _raise), Path(trace) if trace else None)


def _raise() -> None:
    raise InjectedError


arm(trap_of(os.environ))
