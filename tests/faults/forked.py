"""Runs commands in processes forked from one that has everything imported: a hundred kills cost little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    pass

WAIT_S = 60.0


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (negative: the signal) and all it printed."""

    status: int | None
    output: str


class Processes:
    """Start `pgsluice` processes by forking one that has everything imported."""

    PROGRAM = Path(__file__).with_name("zygote.py")

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self._zygote = subprocess.Popen(
            [sys.executable, self.PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.close()
        self._zygote.wait(WAIT_S)
        self._zygote.stdout.close()

    def ask(self, **request: Any) -> Any:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(request) + "\n")
        self._zygote.stdin.flush()
        return json.loads(self._zygote.stdout.readline())


class Running:
    """A `pgsluice copy` under way."""

    def __init__(self, processes: Processes, pid: int, output: Path) -> None:
        self._processes, self.pid, self._output = processes, pid, output

    @property
    def output(self) -> str:
        return self._output.read_text()

    def ended(self, *, timeout_s: float = WAIT_S) -> Ended:
        status = self._processes.ask(pid=self.pid, timeout_s=timeout_s)
        if status is None:
            os.kill(self.pid, 9)
            self._processes.ask(pid=self.pid, timeout_s=timeout_s)
        return Ended(status, self.output)

    def until_stopped(self) -> None:
        """Return when the process has got SIGSTOP."""
        deadline = time.monotonic() + WAIT_S
        while Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            assert time.monotonic() < deadline, self.output
            time.sleep(0.005)
