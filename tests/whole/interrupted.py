"""Kills a copy half-way and does it again, as somebody whose machine went away would."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commands import Ended, Shell

WAIT_S = 60.0


def copy_killed_once(shell: Shell, rules: str, *arguments: str, at_rows: int) -> Ended:
    """Kill the copy when so many rows are committed, then run the same command again to its end."""
    with shell.start(*shell.copy_arguments(rules, *arguments)) as process:
        deadline = time.monotonic() + WAIT_S
        while (committed := _committed_rows(shell)) < at_rows:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, f"{committed} rows were committed in time"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=WAIT_S)
    assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
    return shell.copy(rules, *arguments)


def _committed_rows(shell: Shell) -> int:
    """Rows of committed batches, seen from outside."""
    if shell.target.value("SELECT to_regclass('_pgsluice.batch')") is None:
        return 0
    return int(shell.target.value("SELECT coalesce(sum(row_count), 0) FROM _pgsluice.batch"))
