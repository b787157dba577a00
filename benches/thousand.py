"""thousand: a database of many small tables, masked, against pg_dump without masks; and how long its plan takes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benches.pairs import Spread
from benches.processes import run_pipeline
from benches.records import Record
from benches.whole import Databases, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.scale import Scale
    from benches.stage import Stage

RULES = """version = 1
[columns]
"*.email" = "email"
"*.name" = "person-name"
"*.doc" = { mask = "keep", reason = "a number" }
"*.code" = { mask = "keep", reason = "one of a hundred" }
"*" = "keep"
"""
_RECIPE = Path(__file__).parent / "sql" / "thousand.sql"


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure the plan alone, then the copy with one job and with two."""
    databases = Databases(stage, _RECIPE.read_text().replace("{tables}", str(scale.tables)))
    setting: dict[str, object] = {
        "tables": f"{scale.tables:,}, of 10 columns and 10 to 100 rows",
        "rules": " ".join(RULES.split()),
    }
    yield _plan(stage, databases, scale, setting)
    reference = databases.pipe_commands()
    for jobs in (1, 2):
        ours = [databases.copy_command(RULES, "--jobs", str(jobs))]
        yield measure(
            stage,
            databases,
            f"thousand-{jobs}",
            f"{scale.tables:,} small tables, two of ten columns masked, against pg_dump | psql",
            ours=ours,
            reference=reference,
            pairs=scale.pairs,
            setting=setting,
        )
    databases.drop()


def _plan(stage: Stage, databases: Databases, scale: Scale, setting: dict[str, object]) -> Record:
    command = databases.plan_command(RULES)
    costs = [run_pipeline([command], environment=stage.environment) for _ in range(scale.pairs)]
    wall = Spread.of([cost.wall_s for cost in costs])
    cpu = Spread.of([cost.cpu_s for cost in costs])
    return Record(
        workload="thousand-plan",
        title=f"the plan of {scale.tables:,} small tables",
        setting=setting | {"command": stage.shown([command]), "runs": f"{len(costs)}, median (least-most)"},
        headings=("", "wall s", "own CPU s"),
        cells=(("pgsluice plan", wall.text(), cpu.text()),),
        figures={"wall_s": asdict(wall), "cpu_s": asdict(cpu)},
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )
