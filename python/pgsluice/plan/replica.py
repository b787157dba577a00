"""Says what a replica as source means: how old its rows are, and when it cancels reading."""

from __future__ import annotations

from pgsluice.catalog.model import Catalog


def replica_notes(source: Catalog) -> list[str]:
    """Give the notes for a plan; none where the source is no replica."""
    replay = source.replay
    if not source.identity.is_replica:
        return []
    if replay is None:
        return ["the source is a replica: rows are as of what it has replayed"]
    behind = []
    if replay.last_commit_age_s is not None:
        behind.append(f"its last commit is {_age(replay.last_commit_age_s)} old")
    if replay.waiting_bytes is not None:
        behind.append(f"{replay.waiting_bytes:,} bytes of WAL wait to be replayed")
    if replay.is_paused:
        behind.append("replay is paused")
    notes = ["the source is a replica, rows are as of what it has replayed: " + ", ".join(behind or ["nothing yet"])]
    if replay.delay_ms_max >= 0 and not replay.is_paused and not replay.has_feedback:
        notes.append(
            "the replica cancels readers that are in the way of its replay for longer than "
            f"{_age(replay.delay_ms_max / 1000)} (max_standby_streaming_delay; hot_standby_feedback is off): rows are "
            "read again then, of a later moment"
        )
    return notes


def _age(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
