"""Runs scenes of the ingester in processes that are forked ready-made: each start costs milliseconds.

Reads one JSON request a line from standard input: {"scene", "dsn", "environment", "output"} starts a process and
answers its id, {"pid", "timeout_s"} waits for its end and answers its exit status (negative: the signal), or null.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.zygote import wait
from pgsluice import points
from writer_faults.ingester import SCENES


def child(request: dict[str, Any]) -> NoReturn:
    os.environ.update(request["environment"])
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    points.arm(points.traps_of(os.environ))
    status = 0
    try:
        asyncio.run(SCENES[request["scene"]](request["dsn"]))
    except BaseException:  # noqa: BLE001 - the test reads it
        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        if "pid" in request:
            answer = wait(request["pid"], request["timeout_s"])
        else:
            Path(request["output"]).touch()
            answer = os.fork() or child(request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
