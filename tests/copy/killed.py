"""Kills a copy half-way, as a machine that dies would."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from commands import KEY, Ended

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

WAIT_S = 60.0
SMALL = ("--batch-rows=100", "--batch-bytes=1")


def batches(target: Database) -> int:
    """Batches that are committed, seen from outside."""
    if target.value("SELECT to_regclass('_pgsluice.batch')") is None:
        return 0
    return int(target.value("SELECT count(*) FROM _pgsluice.batch"))


def stop_copy(shell: Shell, rules: str, number: int, *, after_batches: int = 3, key: bytes = KEY) -> Ended:
    """Start a copy in small batches and send it a signal when some are committed; give how it ended."""
    process = shell.start(*shell.copy_arguments(rules, *SMALL, key=key))
    with process:
        deadline = time.monotonic() + WAIT_S
        while batches(shell.target) < after_batches:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "no batch was committed in time"
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=WAIT_S)
    return Ended(process.returncode, stdout, stderr)


def kill_copy(shell: Shell, rules: str, *, key: bytes = KEY) -> None:
    """Kill a copy half-way. What it left: some batches, and rows in exactly these."""
    ended = stop_copy(shell, rules, signal.SIGKILL, key=key)
    assert ended.status == -signal.SIGKILL, ended.said
