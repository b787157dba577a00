"""M3: a whole database, schema and indexes included, masked, against pgcopydb and pg_dump without masks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benches import m1_users, m2_events
from benches.whole import Databases, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.records import Record
    from benches.scale import Scale
    from benches.stage import Stage

JOBS = 2
RULES = m1_users.FIVE.format(meta=m1_users.KEPT) + m2_events.RULES.format(user_id="keep").removeprefix("version = 1\n")
_SQL = Path(__file__).parent / "sql"


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure against both, and how far below them anybody could come."""
    databases = Databases(stage, _statements("users", scale.users) + _statements("events", scale.events))
    title = "whole database of two tables, five of fifteen columns masked, against"
    setting = {"rows": f"{scale.users:,} users, {scale.events:,} events", "rules": " ".join(RULES.split())}
    ours = [databases.copy_command(RULES, "--jobs", str(JOBS))]
    version = _pgcopydb_version()
    if version is None:
        print("M3: pgcopydb is not installed (apt install pgcopydb), nothing is compared with it", file=sys.stderr)
    else:
        yield measure(
            stage,
            databases,
            "M3",
            f"{title} pgcopydb clone",
            ours=ours,
            reference=[databases.pgcopydb_command(JOBS)],
            pairs=scale.pairs,
            setting=setting | {"pgcopydb": version},
        )
    yield measure(
        stage,
        databases,
        "M3-pipe",
        f"{title} pg_dump | psql",
        ours=ours,
        reference=databases.pipe_commands(),
        pairs=scale.pairs,
        setting=setting,
    )
    yield measure(
        stage,
        databases,
        "M3-floor",
        "what the server alone needs: both tables at once through psql, unmasked; against pg_dump | psql",
        ours=[databases.floor_command(["users", "events"])],
        reference=databases.pipe_commands(),
        pairs=scale.pairs,
        setting={"rows": setting["rows"]},
    )
    databases.drop()


def _statements(table: str, rows: int) -> str:
    return (_SQL / f"{table}.sql").read_text().replace("{table}", table).replace("{rows}", str(rows))


def _pgcopydb_version() -> str | None:
    if shutil.which("pgcopydb") is None:
        return None
    said = subprocess.run(["pgcopydb", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split("\n", 1)[0].removeprefix("pgcopydb version ").strip()
