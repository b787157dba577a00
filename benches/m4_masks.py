"""M4: values per second of each mask on one core, without a server, beside memcpy and the bare hash."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict
from typing import TYPE_CHECKING

from benches.machine import ROOT
from benches.pairs import Spread
from benches.processes import BenchError
from benches.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.scale import Scale

_COMMAND = [
    "cargo",
    "run",
    "--quiet",
    "--release",
    "--package",
    "pgsluice-core",
    "--example",
    "mask_speed",
    "--",
]


def run(scale: Scale) -> Iterator[Record]:
    """Build and run the Rust program, which writes one JSON line a mask and type."""
    command = [*_COMMAND, str(scale.mask_values), str(scale.mask_runs)]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with status {ended.returncode}")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    cells, figures = [], {}
    for line in lines:
        nanoseconds = Spread.of(line["ns_per_value"])
        figures[f"{line['work']} {line['type']}".strip()] = asdict(nanoseconds)
        cells.append((line["work"], line["type"], f"{1e3 / nanoseconds.median:.2f}", nanoseconds.text(0)))
    yield Record(
        workload="M4",
        title="masks on one core, no server",
        setting={
            "values": f"{scale.mask_values:,} different ones, one field a row, framing and digest included",
            "time": "of a run, the tenth of its batches of 10,000 values that was fastest",
            "command": " ".join(command),
            "runs": f"{scale.mask_runs}, median (least-most)",
        },
        headings=("work", "type", "million values/s", "ns a value"),
        cells=tuple(cells),
        figures=figures,
    )
