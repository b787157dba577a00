"""Owns a run's row and its tables' rows: who copies what from where, and how far it came."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pgsluice.driver import Connection
from pgsluice.errors import ResumeRefusedError, RunLockedError

FORMAT_VERSION = 2
# One copy at a time into one database. The number is the first eight bytes of SHA-256("pgsluice"), signed.
LOCK_KEY = -2134890556256863580
# Sessions that write to a target; others of ours (status, plan) have another name.
COPY_APPLICATION_NAME = "pgsluice copy"


@dataclass(frozen=True)
class Run:
    """One run as the target remembers it."""

    run_id: uuid.UUID
    state: str
    plan_hash: str
    key_id: str
    source_system: str
    source_database: int
    snapshot_count: int
    schema_state: str
    has_unlogged: bool
    has_large_objects: bool
    format_version: int
    started_at: Any
    finished_at: Any


@dataclass(frozen=True)
class TableRun:
    """One table of a run."""

    schema: str
    name: str
    state: str
    last_snapshot: int | None

    @property
    def label(self) -> str:
        """schema.table."""
        return f"{self.schema}.{self.name}"


@cache
def _schema_sql() -> str:
    return files("pgsluice.state").joinpath("schema.sql").read_text(encoding="utf-8")


async def lock_target(connection: Connection) -> None:
    """Take the target for this session. Raises RunLockedError if another process has it."""
    taken = await connection.fetch_value(
        "SELECT pg_try_advisory_lock($1)", LOCK_KEY, doing="taking the lock of the target"
    )
    if not taken:
        raise RunLockedError(
            "another process is copying into this target",
            hint='Wait for it, or see "pgsluice status"; the lock goes with its connection.',
        )


async def end_left_over_sessions(connection: Connection) -> None:
    """End what an earlier process left behind on the target: whoever holds the lock is the only one to write.

    A killed or stopped process may have sessions with open transactions, or a COMMIT on its way; after this there is
    none, and what is committed stays what it is.
    """
    await connection.fetch(
        """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = session_user AND pid <> pg_backend_pid()
              AND application_name = $1""",
        COPY_APPLICATION_NAME,
        doing="ending sessions of an earlier process",
    )


async def make_state_schema(connection: Connection) -> None:
    """Create the `_pgsluice` schema where it is missing."""
    await connection.execute(_schema_sql(), doing="creating the _pgsluice schema")


async def has_state(connection: Connection) -> bool:
    """Whether the target remembers any run."""
    found = await connection.fetch_value("SELECT to_regclass('_pgsluice.run') IS NOT NULL", doing="looking for runs")
    return bool(found)


async def latest_run(connection: Connection) -> Run | None:
    """Give the newest run that was not replaced by another."""
    rows = await connection.fetch(
        """SELECT run_id, state, plan_hash, key_id, source_system, source_database, snapshot_count, schema_state,
                  has_unlogged, has_large_objects, format_version, started_at, finished_at
             FROM _pgsluice.run WHERE state <> 'replaced' ORDER BY started_at DESC LIMIT 1""",
        doing="reading the last run",
    )
    return Run(**dict(rows[0])) if rows else None


async def begin_run(
    connection: Connection, run: Run, tables: Iterable[tuple[str, str, str, str]], version: str, outline: dict[str, Any]
) -> None:
    """Write a new run, what it planned, and its tables: (schema, name, format, key kind).

    To be called in a transaction.
    """
    await connection.execute(
        """INSERT INTO _pgsluice.run (run_id, format_version, state, pgsluice_version, plan_hash, key_id,
                                      source_system, source_database, fencing_token, schema_state,
                                      has_unlogged, has_large_objects, plan_outline)
           VALUES ($1, $2, 'running', $3, $4, $5, $6, $7, 0, $8, $9, $10, $11::jsonb)""",
        run.run_id,
        run.format_version,
        version,
        run.plan_hash,
        run.key_id,
        run.source_system,
        run.source_database,
        run.schema_state,
        run.has_unlogged,
        run.has_large_objects,
        json.dumps(outline),
        doing="recording the run",
    )
    await connection.execute(
        """INSERT INTO _pgsluice.table_run (run_id, table_schema, table_name, state, copy_format, key_kind)
           SELECT $1, s, n, 'waiting', f, k
             FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS t (s, n, f, k)""",
        run.run_id,
        *([row[position] for row in tables] for position in range(4)),
        doing="recording the tables",
    )


async def make_durable(connection: Connection) -> None:
    """Let the commit of the open transaction wait for the disk, and flush every earlier one."""
    await connection.execute("SET LOCAL synchronous_commit = on", doing="making the run durable")


async def forget_run(connection: Connection, run_id: uuid.UUID) -> None:
    """Take back the rows of a run that made nothing."""
    async with connection.transaction():
        for table in ("table_run", "run"):
            sql = f"DELETE FROM _pgsluice.{table} WHERE run_id = $1"  # noqa: S608 - our own names
            await connection.execute(sql, run_id, doing="forgetting the run")


async def take_over(connection: Connection, run_id: uuid.UUID) -> int:
    """Make this process the run's only one; give its fencing token. Older processes cannot commit after this.

    To be called in a transaction, before anything is read that an older process might still change.
    """
    await connection.execute("SET LOCAL lock_timeout = '30s'", doing="taking over the run")
    await make_durable(connection)
    token = await connection.fetch_value(
        """UPDATE _pgsluice.run SET fencing_token = fencing_token + 1, state = 'running', finished_at = NULL
            WHERE run_id = $1 RETURNING fencing_token""",
        run_id,
        doing="taking over the run",
    )
    return int(token)


async def replace_run(connection: Connection, run_id: uuid.UUID) -> None:
    """Mark a run as replaced by another; a process that still copies for it commits nothing any more."""
    await connection.execute(
        "UPDATE _pgsluice.run SET state = 'replaced', fencing_token = fencing_token + 1 WHERE run_id = $1",
        run_id,
        doing="replacing the run",
    )


async def set_run(connection: Connection, run_id: uuid.UUID, **columns: object) -> None:
    """Change columns of a run's row, named by our own code."""
    assignments = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, start=2))
    sql = f"UPDATE _pgsluice.run SET {assignments} WHERE run_id = $1"  # noqa: S608 - our own column names
    await connection.execute(sql, run_id, *columns.values(), doing="recording the run's state")


async def finish_run(
    connection: Connection, run_id: uuid.UUID, fencing_token: int, state: str, snapshot_count: int
) -> None:
    """Say how a run ended, unless another process has it; the commit of this is durable and flushes every earlier one.

    To be called in a transaction.
    """
    await make_durable(connection)
    await connection.execute(
        """UPDATE _pgsluice.run SET state = $3, snapshot_count = $4, finished_at = clock_timestamp()
            WHERE run_id = $1 AND fencing_token = $2""",
        run_id,
        fencing_token,
        state,
        snapshot_count,
        doing="recording the run's end",
    )


async def set_tables(
    connection: Connection,
    run_id: uuid.UUID,
    tables: Sequence[tuple[str, str]],
    state: str,
    snapshot: int | None,
    *,
    seconds: float = 0.0,
) -> None:
    """Say what became of tables (schema, name), `seconds` after they were begun, and under which snapshot of the run.

    `snapshot` is None for tables whose rows are left out.

    To be called in a transaction, before checkpoints are written in it.
    """
    await connection.execute(
        """UPDATE _pgsluice.table_run AS t
              SET state = $4,
                  started_at = coalesce(started_at, clock_timestamp() - make_interval(secs => $6)),
                  finished_at = CASE WHEN $4 IN ('done', 'failed') THEN clock_timestamp() END,
                  last_snapshot = CASE WHEN $4 = 'failed' THEN last_snapshot ELSE $5::int END
             FROM unnest($2::text[], $3::text[]) AS w (table_schema, table_name)
            WHERE t.run_id = $1 AND t.table_schema = w.table_schema AND t.table_name = w.table_name""",
        run_id,
        [schema for schema, _ in tables],
        [name for _, name in tables],
        state,
        snapshot,
        seconds,
        doing="recording the table's state",
    )


async def read_schema_state(connection: Connection, run_id: uuid.UUID) -> str:
    """Tell how far the target's schema is made."""
    sql = "SELECT schema_state FROM _pgsluice.run WHERE run_id = $1"
    return str(await connection.fetch_value(sql, run_id, doing="reading the run's state"))


async def read_tables(connection: Connection, run_id: uuid.UUID) -> list[TableRun]:
    """Give the tables of a run."""
    rows = await connection.fetch(
        """SELECT table_schema AS schema, table_name AS name, state, last_snapshot
             FROM _pgsluice.table_run WHERE run_id = $1 ORDER BY 1, 2""",
        run_id,
        doing="reading the tables of the run",
    )
    return [TableRun(**dict(row)) for row in rows]


def refuse_other_run(
    run: Run,
    *,
    plan_hash: str,
    key_id: str,
    source_system: str,
    source_database: int,
    has_large_objects: bool,
    changes: Sequence[str] = (),
) -> None:
    """Raise ResumeRefusedError unless the run is the one that rules, key and source describe.

    `changes` says by name what is planned otherwise than then.
    """
    problems = []
    if run.format_version != FORMAT_VERSION:
        problems.append(f"its state has format {run.format_version}, this program writes {FORMAT_VERSION}")
    if run.key_id != key_id:
        problems.append(f"it has key {run.key_id}, this is key {key_id}")
    if (run.source_system, run.source_database) != (source_system, source_database):
        problems.append("it copied another source: server or database differ")
    elif run.key_id == key_id and run.plan_hash != plan_hash:
        problems.append("rules, tables or columns have changed since it began")
    if run.has_large_objects != has_large_objects:
        problems.append(f"it was begun {'with' if run.has_large_objects else 'without'} --large-objects")
    if problems:
        raise ResumeRefusedError(
            f"cannot go on with run {run.run_id}: {'; '.join(problems)}",
            problems=tuple(changes),
            hint="Rows masked in two ways would stand side by side: go back to what it began with, or begin anew with "
            '"--restart".',
        )
