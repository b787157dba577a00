"""Reads what a target remembers, for people and machines."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from pgsluice._core import Key
from pgsluice.driver import Connection
from pgsluice.errors import AuditError
from pgsluice.state.audit import read_chain, verify_chain
from pgsluice.state.runs import has_state
from pgsluice.state.snapshots import Consistency, read_consistency

_RUNS = """SELECT run_id, state, started_at, finished_at, key_id, plan_hash, snapshot_count, schema_state
             FROM _pgsluice.run ORDER BY started_at DESC"""
_TABLES = """SELECT t.table_schema || '.' || t.table_name AS label, t.state, t.copy_format,
                    count(DISTINCT b.snapshot) > 1 AS has_mixed_snapshots,
                    (SELECT greatest(1, count(*)) FROM _pgsluice.slice AS s
                      WHERE (s.run_id, s.table_schema, s.table_name) = (t.run_id, t.table_schema, t.table_name))
                        AS slices,
                    count(b.batch_number) AS batches,
                    coalesce(sum(b.row_count), 0)::int8 AS rows,
                    coalesce(sum(b.size_bytes), 0)::int8 AS size_bytes,
                    extract(epoch FROM max(b.committed_at) - t.started_at)::float8 AS seconds
               FROM _pgsluice.table_run AS t
               LEFT JOIN _pgsluice.batch AS b USING (run_id, table_schema, table_name)
              WHERE t.run_id = $1
              GROUP BY t.run_id, t.table_schema, t.table_name
              ORDER BY 1"""


@dataclass(frozen=True)
class TableStatus:
    """How far a table is."""

    label: str
    state: str
    copy_format: str
    has_mixed_snapshots: bool
    slices: int
    batches: int
    rows: int
    size_bytes: int
    # From the table's start to its last commit; None before that.
    seconds: float | None


@dataclass(frozen=True)
class RunStatus:
    """How far a run is, and whether its audit chain holds."""

    run_id: uuid.UUID
    state: str
    started_at: datetime
    finished_at: datetime | None
    key_id: str
    plan_hash: str
    snapshot_count: int
    schema_state: str
    consistency: Consistency
    tables: tuple[TableStatus, ...]
    audit_records: int
    # None where the chain holds, else what is wrong with it.
    audit_problem: str | None


async def read_status(connection: Connection, key: Key | None) -> list[RunStatus]:
    """Read all runs, newest first; with the key the MACs of their records are checked too."""
    if not await has_state(connection):
        return []
    found = []
    for row in await connection.fetch(_RUNS, doing="reading the runs"):
        tables = await connection.fetch(_TABLES, row["run_id"], doing="reading the tables of a run")
        records = await read_chain(connection, row["run_id"])
        try:
            # Another run's key cannot check this one's MACs; the hashes it can.
            verify_chain(records, key if key is not None and key.id == row["key_id"] else None)
            problem = None
        except AuditError as error:
            problem = error.message
        found.append(
            RunStatus(
                **dict(row),
                consistency=await read_consistency(connection, row["run_id"]),
                tables=tuple(TableStatus(**dict(table)) for table in tables),
                audit_records=len(records),
                audit_problem=problem,
            )
        )
    return found
