"""Stops copies as a machine that dies would, at a number of committed batches or rows: no clock decides where."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from commands import TIMEOUT_S, Ended

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from commands import Shell
    from servers import Database

POLL_S = 0.002
SMALL = ("--batch-rows=100", "--batch-bytes=1")


def committed(target: Database) -> tuple[int, int]:
    """Give the batches and the rows that are committed, seen from outside."""
    if target.value("SELECT to_regclass('_pgsluice.batch')") is None:
        return 0, 0
    [found] = target.fetch("SELECT count(*), coalesce(sum(row_count), 0)::int8 FROM _pgsluice.batch")
    return found[0], found[1]


def stopping_at(shell: Shell, point: str) -> Shell:
    """Give a shell whose commands stop themselves at a point, the nth time: "name:nth", 0 for every time."""
    points = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": f"{point}:stop"}
    return replace(shell, environment={**shell.environment, **points})


def until_stopped(process: subprocess.Popen[str]) -> None:
    """Return when a process has stopped itself at a point; it must not end."""
    deadline = time.monotonic() + TIMEOUT_S
    options = os.WSTOPPED | os.WEXITED | os.WNOHANG
    while (state := os.waitid(os.P_PID, process.pid, options | os.WNOWAIT)) is None:
        assert time.monotonic() < deadline, "it committed nothing in time"
        time.sleep(POLL_S)
    assert state.si_code == os.CLD_STOPPED, process.communicate()
    # The stop is taken, or the same one would be found again.
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)


def stop(shell: Shell, arguments: Sequence[str], number: int, *, batches: int = 3, rows: int = 0) -> Ended:
    """Start a command and send it a signal as soon as so much is committed; give how it ended."""
    # It stops itself at each commit, so that what is committed can be looked at while nothing moves.
    with stopping_at(shell, "commit-answered:0").start(*arguments) as process:
        until_stopped(process)
        while committed(shell.target) < (batches, 0) or committed(shell.target)[1] < rows:
            process.send_signal(signal.SIGCONT)
            until_stopped(process)
        process.send_signal(number)
        while process.poll() is None and number != signal.SIGKILL:
            # It may commit what is under way, and stops each time.
            process.send_signal(signal.SIGCONT)
            time.sleep(POLL_S)
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    return Ended(process.returncode, stdout, stderr)


def kill(shell: Shell, arguments: Sequence[str], *, batches: int = 3, rows: int = 0) -> None:
    """Kill a command as soon as so much is committed."""
    ended = stop(shell, arguments, signal.SIGKILL, batches=batches, rows=rows)
    assert ended.status == -signal.SIGKILL, ended.said
