"""How long `pgsluice --help` takes, and what imports cost."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benches.pairs import Spread
from benches.processes import run_pipeline
from benches.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.scale import Scale

_PYTHON = sys.executable
_COMMANDS = {
    "python -c pass": [_PYTHON, "-c", "pass"],
    "import pgsluice": [_PYTHON, "-c", "import pgsluice"],
    "import pgsluice.cli.copy": [_PYTHON, "-c", "import pgsluice.cli.copy"],
    "pgsluice --help": [os.fspath(Path(_PYTHON).parent / "pgsluice"), "--help"],
    "pgsluice copy --help": [os.fspath(Path(_PYTHON).parent / "pgsluice"), "copy", "--help"],
}


def run(scale: Scale) -> Iterator[Record]:
    """Start each command many times, in turn."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    costs = {name: [] for name in _COMMANDS}
    for command in _COMMANDS.values():  # Once for the page cache and for compiled modules.
        run_pipeline([command], environment=environment)
    for _ in range(scale.starts):
        for name, command in _COMMANDS.items():
            costs[name].append(run_pipeline([command], environment=environment))
    walls = {name: Spread.of([cost.wall_s * 1000 for cost in found]) for name, found in costs.items()}
    cpus = {name: Spread.of([cost.cpu_s * 1000 for cost in found]) for name, found in costs.items()}
    yield Record(
        workload="start",
        title="start-up time",
        setting={"runs": f"{scale.starts} of each in turn, median (least-most)"},
        headings=("command", "wall ms", "CPU ms"),
        cells=tuple((name, walls[name].text(0), cpus[name].text(0)) for name in _COMMANDS),
        figures={name: {"wall_ms": asdict(walls[name]), "cpu_ms": asdict(cpus[name])} for name in _COMMANDS},
    )
