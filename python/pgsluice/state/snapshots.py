"""The snapshots that a run's rows come from: when each was taken, who holds the newest, and which tables mix them."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from typing import Literal

from pgsluice.catalog.moment import Holder, Moment
from pgsluice.driver import Connection
from pgsluice.state.runs import FORMAT_VERSION, has_state, latest_run

_SNAPSHOTS = """
    SELECT generation, taken_at, lsn::text, timeline, is_replica,
           snapshot_name, holder_pid AS pid, virtual_transaction, application_name,
           held_since AS since, held_until AS until
      FROM _pgsluice.snapshot WHERE run_id = $1 ORDER BY generation"""
# A table without rows is of the snapshot that it was found empty in.
_TABLES = """
    SELECT t.table_schema || '.' || t.table_name AS label,
           coalesce((SELECT array_agg(DISTINCT b.snapshot ORDER BY b.snapshot) FROM _pgsluice.batch AS b
                      WHERE (b.run_id, b.table_schema, b.table_name) = (t.run_id, t.table_schema, t.table_name)),
                    CASE WHEN t.state = 'done' AND t.last_snapshot IS NOT NULL THEN ARRAY[t.last_snapshot]
                         ELSE '{}' END) AS snapshots
      FROM _pgsluice.table_run AS t WHERE t.run_id = $1
    UNION ALL
    SELECT 'large objects', array_agg(DISTINCT b.snapshot ORDER BY b.snapshot)
      FROM _pgsluice.large_object_batch AS b WHERE b.run_id = $1 HAVING count(*) > 0
     ORDER BY 1"""


@dataclass(frozen=True)
class RunSnapshot:
    """One snapshot of a run; `generation` counts them from 1. `holder` keeps it, or kept it when that was written."""

    generation: int
    moment: Moment
    holder: Holder | None = None


@dataclass(frozen=True)
class HeldRun:
    """A run whose newest snapshot is said to be held."""

    run_id: uuid.UUID
    generation: int
    moment: Moment
    holder: Holder


@dataclass(frozen=True)
class Consistency:
    """Of which moments of the source a run's rows are.

    One snapshot: all of one. Mixed snapshots: of several, though every row is of one of them; `tables` has the
    generations of each table, and those with more than one are cut through.
    """

    kind: Literal["one snapshot", "mixed snapshots"]
    is_replica: bool
    snapshots: tuple[RunSnapshot, ...]
    tables: dict[str, tuple[int, ...]]

    @property
    def mixed_tables(self) -> tuple[str, ...]:
        """Tables that hold rows of more than one snapshot."""
        return tuple(label for label, generations in self.tables.items() if len(generations) > 1)

    def released(self) -> Consistency:
        """Give the same without holders: they were let go since it was read."""
        return replace(self, snapshots=tuple(replace(snapshot, holder=None) for snapshot in self.snapshots))

    @property
    def holder(self) -> Holder | None:
        """Who holds the newest snapshot, or held it when that was written."""
        return self.snapshots[-1].holder if self.snapshots else None

    @property
    def used(self) -> tuple[RunSnapshot, ...]:
        """The snapshots that rows, or empty tables, are of."""
        found = {generation for generations in self.tables.values() for generation in generations}
        return tuple(snapshot for snapshot in self.snapshots if snapshot.generation in found)


async def note_snapshot(connection: Connection, run_id: uuid.UUID, generation: int, moment: Moment) -> None:
    """Write a snapshot down, before the first of its rows; one that was joined is there already."""
    await connection.execute(
        """INSERT INTO _pgsluice.snapshot (run_id, generation, taken_at, lsn, timeline, is_replica)
           VALUES ($1, $2, $3, $4::text::pg_lsn, $5, $6) ON CONFLICT DO NOTHING""",
        run_id,
        generation,
        moment.taken_at,
        moment.lsn,
        moment.timeline,
        moment.is_replica,
        doing="recording the snapshot",
    )


async def note_holder(connection: Connection, run_id: uuid.UUID, generation: int, holder: Holder) -> None:
    """Write down who holds a snapshot: names by which the next process finds it, no secret."""
    await connection.execute(
        """UPDATE _pgsluice.snapshot
              SET snapshot_name = $3, holder_pid = $4, virtual_transaction = $5, application_name = $6,
                  held_since = $7, held_until = $8
            WHERE run_id = $1 AND generation = $2""",
        run_id,
        generation,
        *asdict(holder).values(),
        doing="recording the holder of the snapshot",
    )


async def forget_holders(connection: Connection, run_id: uuid.UUID) -> None:
    """Write down that nobody holds a snapshot of the run any more."""
    await connection.execute(
        """UPDATE _pgsluice.snapshot
              SET snapshot_name = NULL, holder_pid = NULL, virtual_transaction = NULL, application_name = NULL,
                  held_since = NULL, held_until = NULL
            WHERE run_id = $1 AND holder_pid IS NOT NULL""",
        run_id,
        doing="recording that no snapshot is held",
    )


async def read_held(connection: Connection) -> HeldRun | None:
    """Give the newest run's newest snapshot, if somebody was left to hold it."""
    run = await latest_run(connection) if await has_state(connection) else None
    if run is None or run.format_version != FORMAT_VERSION:
        return None
    snapshots = await read_snapshots(connection, run.run_id)
    if not snapshots or snapshots[-1].holder is None:
        return None
    newest = snapshots[-1]
    return HeldRun(run.run_id, newest.generation, newest.moment, snapshots[-1].holder)


async def read_snapshots(connection: Connection, run_id: uuid.UUID) -> list[RunSnapshot]:
    """Read the snapshots of a run, oldest first."""
    rows = await connection.fetch(_SNAPSHOTS, run_id, doing="reading the snapshots of the run")
    found = []
    for row in rows:
        fields = dict(row)
        generation = fields.pop("generation")
        moment = Moment(**{name: fields.pop(name) for name in ("taken_at", "lsn", "timeline", "is_replica")})
        found.append(RunSnapshot(generation, moment, Holder(**fields) if fields["pid"] is not None else None))
    return found


async def read_consistency(connection: Connection, run_id: uuid.UUID) -> Consistency:
    """Tell of which moments the rows of a run are, from its batches."""
    snapshots = tuple(await read_snapshots(connection, run_id))
    rows = await connection.fetch(_TABLES, run_id, doing="reading the snapshots of the tables")
    tables = {row["label"]: tuple(row["snapshots"]) for row in rows}
    generations = {generation for found in tables.values() for generation in found}
    return Consistency(
        kind="mixed snapshots" if len(generations) > 1 else "one snapshot",
        is_replica=any(item.moment.is_replica for item in snapshots if item.generation in generations),
        snapshots=snapshots,
        tables=tables,
    )
