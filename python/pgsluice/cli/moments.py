"""Shows of which moments of the source a run's rows are, and who holds one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgsluice.cli.talk import tell
from pgsluice.state.snapshots import Consistency, RunSnapshot

# More names than these are in `pgsluice status --all`.
_NAMES_MAX = 8


def tell_consistency(consistency: Consistency) -> None:
    """Write the consistency class of a run, and what it means where snapshots are mixed."""
    used = consistency.used
    if consistency.kind == "one snapshot":
        for snapshot in used:
            tell(f"consistency: one snapshot, {moment(snapshot)}")
        return
    tell(f"consistency: mixed snapshots, the rows are of {len(used)} moments of the source")
    for snapshot in used:
        tell(f"  {snapshot.generation}: {moment(snapshot)}, {count_tables(consistency, snapshot)}")
    if len({snapshot.moment.timeline for snapshot in used}) > 1:
        tell("  the source was promoted in between: a later moment may lack commits that an earlier one shows")
    mixed = consistency.mixed_tables
    if mixed:
        more = f" and {len(mixed) - _NAMES_MAX} more" if len(mixed) > _NAMES_MAX else ""
        tell(f"  rows of several moments in: {', '.join(mixed[:_NAMES_MAX])}{more}")


def moment(snapshot: RunSnapshot) -> str:
    """Say which moment a snapshot is of."""
    found = snapshot.moment
    where = "a replica" if found.is_replica else "the source"
    place = f", LSN {found.lsn} of timeline {found.timeline}" if found.lsn else ""
    return f"{where} as of {stamp(found.taken_at)}{place}"


def count_tables(consistency: Consistency, snapshot: RunSnapshot) -> str:
    """Say how many tables have rows of a snapshot."""
    count = sum(snapshot.generation in generations for generations in consistency.tables.values())
    return f"{count} table{'' if count == 1 else 's'}"


def stamp(at: datetime) -> str:
    """Write a time for people, in UTC as everywhere."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def consistency_as_data(consistency: Consistency) -> dict[str, Any]:
    """Give the same for machines."""
    return {
        "class": consistency.kind,
        "replica": consistency.is_replica,
        "snapshots": [_snapshot_as_data(snapshot) for snapshot in consistency.snapshots],
        "mixed_tables": list(consistency.mixed_tables),
    }


def _snapshot_as_data(snapshot: RunSnapshot) -> dict[str, Any]:
    found, holder = snapshot.moment, snapshot.holder
    return {
        "snapshot": snapshot.generation,
        "taken_at": found.taken_at.isoformat(),
        "lsn": found.lsn,
        "timeline": found.timeline,
        "replica": found.is_replica,
        "holder": None
        if holder is None
        else {
            "application_name": holder.application_name,
            "backend": holder.pid,
            "since": holder.since.isoformat(),
            "until": holder.until.isoformat(),
        },
    }
