"""Starts copies as a user does, waits until they are under way, and kills them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from commands import KEEP, Ended
from snapshot.holders import until

if TYPE_CHECKING:
    import subprocess

    from commands import Shell
    from servers import Database


def batches(target: Database) -> int:
    """Batches that are committed, seen from outside."""
    if not target.value("SELECT to_regclass('_pgsluice.batch') IS NOT NULL"):
        return 0
    return int(target.value("SELECT count(*) FROM _pgsluice.batch"))


def started(shell: Shell, arguments: list[str], *, after_batches: int = 3) -> subprocess.Popen[str]:
    """Start a command and return when some batches are committed."""
    process = shell.start(*arguments)

    def is_under_way() -> bool:
        assert process.poll() is None, process.communicate()
        return batches(shell.target) >= after_batches

    until(is_under_way)
    return process


def start(shell: Shell, *arguments: str, after_batches: int = 3) -> subprocess.Popen[str]:
    """Start a copy and return when some batches are committed."""
    return started(shell, shell.copy_arguments(KEEP, *arguments), after_batches=after_batches)


def stop(process: subprocess.Popen[str], number: int) -> Ended:
    """Send a signal and give how it ended."""
    with process:
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    return Ended(process.returncode, stdout, stderr)


def kill(shell: Shell, *arguments: str, after_batches: int = 3) -> None:
    """Kill a copy that is under way."""
    assert stop(start(shell, *arguments, after_batches=after_batches), signal.SIGKILL).status == -signal.SIGKILL
