"""Runs `pgsluice` commands in processes that are forked ready-made: each start costs milliseconds.

Reads one JSON request a line from standard input: {"arguments", "environment", "output"} starts a process and
answers its id, {"pid", "timeout_s"} waits for its end and answers its exit status (negative: the signal), or null.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import asyncpg  # noqa: F401 - imported before the forks
import tenacity.asyncio  # noqa: F401 - its children have it then

import pgsluice.cli.copy
import pgsluice.cli.status  # noqa: F401 - as above
from pgsluice import points
from pgsluice.cli.main import main

POLL_S = 0.005


def run_command(request: dict[str, Any]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request.get("file_bytes_max"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes_max"],) * 2)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    sys.argv = ["pgsluice", *request["arguments"]]
    try:
        main()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 1
    return 70


def child(request: dict[str, Any], run: Callable[[dict[str, Any]], int]) -> NoReturn:
    os.environ.update(request["environment"])
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    points.arm(points.traps_of(os.environ))
    status = 1
    try:
        status = run(request)
    except BaseException:  # noqa: BLE001 - the test reads it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait(pid: int, timeout_s: float) -> int | None:
    deadline = time.monotonic() + timeout_s
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            return None
        time.sleep(POLL_S)


def serve(run: Callable[[dict[str, Any]], int]) -> None:
    """Answer requests until there are no more, then end what is left: a test that failed may have stopped it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    started: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "pid" in request:
            answer = wait(request["pid"], request["timeout_s"])
            if answer is not None:
                started.discard(request["pid"])
        else:
            Path(request["output"]).touch()
            answer = os.fork() or child(request, run)
            started.add(answer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in started:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve(run_command)
