"""Runs scenes of the ingester in processes that are forked ready-made: each start costs milliseconds.

Reads one JSON request a line from standard input: {"scene", "dsn", "environment", "output"} starts a process and
answers its id, {"pid", "timeout_s"} waits for its end and answers its exit status (negative: the signal), or null.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.zygote import serve
from writer_faults.ingester import SCENES


def run_scene(request: dict[str, Any]) -> int:
    asyncio.run(SCENES[request["scene"]](request["dsn"]))
    return 0


if __name__ == "__main__":
    serve(run_scene)
