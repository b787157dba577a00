"""Owns the small shell process that ends a server whose parent died without a chance to end it (SIGKILL).

Not PR_SET_PDEATHSIG: that needs `preexec_fn`, which can deadlock in a program with threads, it fires when
the starting *thread* ends rather than the process, and macOS has none. Here the kernel closes our end of a
pipe however we die. Children that we start do not inherit that end, so their deaths change nothing; a child
forked without exec does, and then the server lives as long as the last of them.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WATCHER_TIMEOUT_S = 10.0
_WORD = b"stop\n"

# $1 postmaster's process id, $2 data directory, $3 directory to remove or nothing. The first line of
# postmaster.pid guards against a process id that was given to somebody else meanwhile.
_SCRIPT = """
read -r word
[ "$word" = stop ] && exit 0
read -r found < "$2/postmaster.pid"
[ "$found" = "$1" ] && kill -QUIT "$1"
count=0
while [ $count -lt 100 ] && [ "$found" = "$1" ] && kill -0 "$1"; do sleep 0.1; count=$((count + 1)); done
[ -z "$3" ] || rm -rf -- "$3"
"""


class Watcher:
    """End a server with this process: the postmaster gets SIGQUIT and the directory, if any, is removed."""

    def __init__(self, postmaster: int, *, data_directory: Path, removed_directory: Path | None) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", str(postmaster), data_directory, removed_directory or ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath},
            start_new_session=True,
        )

    def release(self) -> None:
        """Send the watcher home; the server is left alone."""
        try:
            self._process.communicate(_WORD, timeout=WATCHER_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
