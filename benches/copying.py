"""What M1 and M2 have in common: a masked copy of one table against an unmasked pipe of two psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.pairs import Comparison, Spread, compare
from benches.records import Record

if TYPE_CHECKING:
    from benches.processes import Cost
    from benches.stage import Stage

_HEADINGS = (
    *("", "wall s", "own CPU s", "server CPU s", "others' CPU s", "peak MiB", "rows/s"),
    "times as fast as the pipe",
)


def measure(stage: Stage, workload: str, title: str, *, table: str, rows: int, rules: str, pairs: int) -> Record:
    """Copy a table in both ways in turn."""
    ours = [stage.copy_command(table, rules)]
    reference = stage.pipe_commands(table)
    comparison = compare(stage, table, ours, reference, pairs=pairs)
    return Record(
        workload=workload,
        title=title,
        setting={
            "rows": f"{rows:,}",
            "table": f"{stage.size_bytes(table) / 2**20:.0f} MiB",
            "rules": " ".join(rules.split()),
            "command": stage.shown(ours),
            "reference": stage.shown(reference),
            "pairs": f"{pairs}, median (least-most)",
        },
        headings=_HEADINGS,
        cells=_cells(comparison, rows),
        figures=comparison.figures(),
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


def _cells(comparison: Comparison, rows: int) -> tuple[tuple[str, ...], ...]:
    def cells(name: str, costs: tuple[Cost, ...], ratio: str) -> tuple[str, ...]:
        wall = Spread.of([cost.wall_s for cost in costs])
        return (
            name,
            wall.text(),
            Spread.of([cost.cpu_s for cost in costs]).text(),
            Spread.of([cost.server_cpu_s for cost in costs]).text(),
            Spread.of([cost.others_cpu_s for cost in costs]).text(1),
            Spread.of([cost.rss_bytes_max / 2**20 for cost in costs]).text(0),
            f"{rows / wall.median:,.0f}",
            ratio,
        )

    return (
        cells("pgsluice", comparison.ours, comparison.ratio.text()),
        cells("pipe", comparison.reference, "1"),
    )
