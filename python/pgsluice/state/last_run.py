"""Reads what the last run planned and moved, for the plan of the next one."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from pgsluice.driver import Connection
from pgsluice.state.runs import has_state


@dataclass(frozen=True)
class LastRun:
    """The newest run of a target that was not replaced by another."""

    run_id: uuid.UUID
    state: str
    started_at: datetime
    finished_at: datetime | None
    plan_hash: str
    key_id: str
    source_system: str
    source_database: int
    schema_state: str
    snapshot_count: int
    was_resumed: bool
    # What it planned (see `plan.outline`); None where an older program did not say.
    outline: dict[str, Any] | None
    # Rows and bytes by table.
    moved: dict[str, tuple[int, int]]


@cache
def _statement() -> str:
    return files("pgsluice.state").joinpath("last_run.sql").read_text(encoding="utf-8")


async def read_last_run(connection: Connection) -> LastRun | None:
    """Give the last run, or None where the target remembers none."""
    if not await has_state(connection):
        return None
    rows = await connection.fetch(_statement(), doing="reading the last run")
    if not rows:
        return None
    row = dict(rows[0])
    moved = dict(zip(row.pop("labels"), zip(row.pop("rows"), row.pop("sizes"), strict=True), strict=True))
    outline = row.pop("outline")
    return LastRun(**row, outline=json.loads(outline) if outline else None, moved=moved)
