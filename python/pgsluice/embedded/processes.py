"""Owns looking at and killing a server's processes; knows nothing of PostgreSQL but that it has children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from pgsluice.errors import EmbeddedServerError

POLL_S = 0.02
KILL_TIMEOUT_S = 30.0


def list_children(parent: int) -> dict[int, str]:
    """Return the process ids and titles of a process's children, zombies left out."""
    return _list_children_proc(parent) if sys.platform == "linux" else _list_children_ps(parent)


def kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children as a crash would, and wait until they are gone.

    The parent is stopped first: it can then neither start children nor reap dead ones, so that none of the
    process ids below can have been given to somebody else.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        children = list(list_children(process.pid))
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait(KILL_TIMEOUT_S)
        deadline = time.monotonic() + KILL_TIMEOUT_S
        while any(is_running(child) for child in children):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"killed processes did not end in {KILL_TIMEOUT_S:.0f} s")
            time.sleep(POLL_S)


def is_running(pid: int) -> bool:
    """Answer whether a process is there and is more than an unreaped exit status."""
    if sys.platform == "linux":
        state = _stat_fields(pid)
        return state is not None and state[0] not in {"Z", "X"}
    return is_there(pid)


def is_there(pid: int) -> bool:
    """Answer whether a process is there, if only as an exit status that its parent has not reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stat_fields(pid: int) -> tuple[str, int] | None:
    # /proc/PID/stat is "PID (name) state parent ..."; the name may hold spaces and brackets (proc(5)).
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return state, int(parent)


def _list_children_proc(parent: int) -> dict[int, str]:
    children: dict[int, str] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of names, a Path for each is waste
        if not name.isdecimal():
            continue
        state = _stat_fields(int(name))
        if state is None or state[0] in {"Z", "X"} or state[1] != parent:
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            title = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ")
            children[int(name)] = title.decode(errors="replace").strip()
    return children


def _list_children_ps(parent: int) -> dict[int, str]:
    listing = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,ppid=,state=,command="],
        capture_output=True,
        check=True,
        timeout=KILL_TIMEOUT_S,
    )
    children: dict[int, str] = {}
    for line in listing.stdout.decode(errors="replace").splitlines():
        fields = line.split(None, 3)
        if len(fields) == 4 and int(fields[1]) == parent and not fields[2].startswith("Z"):
            children[int(fields[0])] = fields[3]
    return children
