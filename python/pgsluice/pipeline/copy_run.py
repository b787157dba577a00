"""A whole run, from the snapshot to the last durable commit; running it again goes on where it stopped."""

from __future__ import annotations

import asyncio
import getpass
import platform
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pgsluice._core import Key
from pgsluice.catalog.model import Catalog
from pgsluice.catalog.read import read_catalog, read_identity
from pgsluice.config.rules import Rules
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.driver.quoting import qualified
from pgsluice.errors import NotAllowedError, PlanRefusedError, SluiceError, TablesFailedError
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.source import SourceSide
from pgsluice.pipeline.table_copy import RunContext, TableCopy
from pgsluice.pipeline.target import (
    TargetSide,
    in_foreign_key_order,
    refuse_unwritable,
    refuse_where_rows_are,
)
from pgsluice.plan.build import build_plan
from pgsluice.plan.model import CopyPlan, TablePlan
from pgsluice.schema.finish import analyze, refresh_views, set_sequences
from pgsluice.schema.transfer import dump_directory, dump_schema
from pgsluice.sources.snapshot import Snapshot, open_snapshot
from pgsluice.state import runs
from pgsluice.state.audit import GENESIS, AuditChain, AuditRecord, read_chain, verify_chain
from pgsluice.state.audit_file import AuditFile
from pgsluice.state.checkpoints import (
    TableProgress,
    check_against_audit,
    forget_table,
    progress,
    read_checkpoints,
)
from pgsluice.version import VERSION


@dataclass(frozen=True)
class CopyRequest:
    """What a run is asked to do."""

    source: Dsn
    target: Dsn
    rules: Rules
    key: Key
    audit_directory: Path
    table_patterns: Sequence[str] = ()
    is_restart: bool = False
    settings: CopySettings = field(default_factory=CopySettings)


@dataclass(frozen=True)
class TableReport:
    """What became of a table."""

    label: str
    state: str
    rows: int
    copy_format: str
    error: SluiceError | None = None


@dataclass(frozen=True)
class CopyReport:
    """What became of a run."""

    run_id: uuid.UUID
    tables: tuple[TableReport, ...]
    is_resumed: bool
    was_already_done: bool
    snapshot_count: int
    audit_file: Path
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[TableReport, ...]:
        """The tables that are not done."""
        return tuple(table for table in self.tables if table.state == "failed")


async def copy_database(request: CopyRequest, observer: Observer) -> CopyReport:
    """Copy and mask a database, or go on with a copy that was stopped.

    Raises PlanRefusedError, ResumeRefusedError, RunLockedError or ConnectError before the first row. Errors of
    single tables are in the report; the other tables are done.
    """
    snapshot = await open_snapshot(request.source)
    target = TargetSide(request.target)
    control: Connection | None = None
    try:
        control = await target.connection()
        await _refuse_same_database(snapshot, control)
        await runs.lock_target(control)
        await target.learn_rights(control)
        return await _CopyRun(request, observer, snapshot, target, control).run()
    finally:
        await snapshot.close()
        if control is not None:
            await control.close()


async def _refuse_same_database(snapshot: Snapshot, control: Connection) -> None:
    own, other = snapshot.catalog.identity, await read_identity(control)
    if (own.system_identifier, own.database_oid) == (other.system_identifier, other.database_oid):
        raise PlanRefusedError("source and target are the same database", hint="Give another target.")
    if other.is_replica or other.is_read_only:
        raise PlanRefusedError("the target is read-only", hint="Give the primary server as the target.")


class _CopyRun:
    def __init__(
        self,
        request: CopyRequest,
        observer: Observer,
        snapshot: Snapshot,
        target: TargetSide,
        control: Connection,
    ) -> None:
        self._request = request
        self._observer = observer
        self._snapshot = snapshot
        self._target = target
        self._control = control
        self._notes: list[str] = []

    async def run(self) -> CopyReport:
        target_catalog = await read_catalog(self._control)
        previous = await runs.latest_run(self._control) if await runs.has_state(self._control) else None
        is_new = previous is None or self._request.is_restart
        # A schema that we made ourselves is planned as the source has it: its indexes come last.
        makes_schema = not target_catalog.relations if previous is None else previous.schema_state != "existing"
        plan = self._plan(None if makes_schema else target_catalog)
        if previous is not None and not is_new:
            self._refuse_other(previous, plan)
            if previous.state == "done":
                return self._already_done(previous, plan)
        if makes_schema:
            _refuse_unreadable(plan)
        else:
            refuse_unwritable(target_catalog, plan.tables)
        if previous is None and not makes_schema:
            await refuse_where_rows_are(self._control, plan.tables)
        await runs.make_state_schema(self._control)
        if previous is not None and is_new:
            await self._replace(previous)
        run = await self._begin(plan, previous, makes_schema) if previous is None or is_new else previous
        return await self._go_on(run, plan, target_catalog, is_resumed=not is_new)

    def _plan(self, target_catalog: Catalog | None) -> CopyPlan:
        request = self._request
        source = self._snapshot.catalog
        plan = build_plan(source, target_catalog, request.rules, request.key, table_patterns=request.table_patterns)
        if plan.problems:
            count = len(plan.problems)
            raise PlanRefusedError(
                f"the plan has {count} problem{'s' if count > 1 else ''}, no row was read",
                problems=plan.problems,
                hint='Mend the rules file; "pgsluice plan" shows every decision.',
            )
        self._notes += plan.notes
        refused = self._snapshot.settings_refused
        if refused:
            self._observer.event("settings-refused", role="source", settings=", ".join(refused))
        return plan

    def _refuse_other(self, previous: runs.Run, plan: CopyPlan) -> None:
        identity = self._snapshot.catalog.identity
        runs.refuse_other_run(
            previous,
            plan_hash=plan.plan_hash,
            key_id=self._request.key.id,
            source_system=identity.system_identifier,
            source_database=identity.database_oid,
        )

    def _already_done(self, previous: runs.Run, plan: CopyPlan) -> CopyReport:
        tables = (TableReport(table.label, "done", 0, table.format) for table in plan.tables)
        return CopyReport(
            run_id=previous.run_id,
            tables=tuple(tables),
            is_resumed=True,
            was_already_done=True,
            snapshot_count=previous.snapshot_count,
            audit_file=self._audit_path(previous),
        )

    async def _replace(self, previous: runs.Run) -> None:
        """Take away what an earlier run wrote: the rows of its tables and its checkpoints, in one transaction."""
        control = self._control
        tables = await runs.read_tables(control, previous.run_id)
        names = []
        for table in tables:
            exists = await control.fetch_value(
                "SELECT to_regclass($1) IS NOT NULL",
                qualified(table.schema, table.name),
                doing="looking for tables",
            )
            if exists:
                names.append(f"ONLY {qualified(table.schema, table.name)}")
        async with control.transaction():
            if names:
                await control.execute(f"TRUNCATE {', '.join(names)}", doing="emptying the tables of the earlier run")
            for table in tables:
                await forget_table(control, previous.run_id, table.schema, table.name)
            await runs.set_run(control, previous.run_id, state="replaced")

    async def _begin(self, plan: CopyPlan, previous: runs.Run | None, makes_schema: bool) -> runs.Run:
        """Make the schema if it is ours to make, and write the run's row."""
        identity = self._snapshot.catalog.identity
        schema_state = "existing"
        if previous is not None:
            schema_state = previous.schema_state  # What an earlier run made is still there.
        elif makes_schema:
            await self._restore("pre-data")
            schema_state = "pre-data"
        run = runs.Run(
            run_id=uuid.uuid4(),
            state="running",
            plan_hash=plan.plan_hash,
            key_id=self._request.key.id,
            source_system=identity.system_identifier,
            source_database=identity.database_oid,
            snapshot_count=1,
            schema_state=schema_state,
            format_version=runs.FORMAT_VERSION,
            started_at=None,
            finished_at=None,
        )
        tables = [
            (table.target_schema, table.target_table, table.format, table.source.key.kind) for table in plan.tables
        ]
        async with self._control.transaction():
            await runs.begin_run(self._control, run, tables, VERSION)
        return run

    async def _restore(self, section: str) -> None:
        self._observer.event("schema", section=section)
        snapshot = self._snapshot
        major = int(snapshot.catalog.identity.version.partition(".")[0])
        with dump_directory() as directory:
            dump = await dump_schema(self._request.source, major=major, snapshot=snapshot.name, directory=directory)
            await dump.restore(self._request.target, "pre-data" if section == "pre-data" else "post-data")

    async def _go_on(self, run: runs.Run, plan: CopyPlan, target_catalog: Catalog, *, is_resumed: bool) -> CopyReport:
        request, control = self._request, self._control
        records = await read_chain(control, run.run_id)
        verify_chain(records, request.key)
        checkpoints = await read_checkpoints(control, run.run_id)
        check_against_audit(checkpoints, records)
        done = {
            table.label: progress(request.key, run.run_id, table.label, checkpoints.get(table.label, []))
            for table in plan.tables
        }
        token = await runs.take_over(control, run)
        generation = run.snapshot_count + (1 if is_resumed else 0)
        await runs.set_run(control, run.run_id, snapshot_count=generation)
        audit_file = AuditFile(self._audit_path(run))
        await asyncio.to_thread(audit_file.open)
        await asyncio.to_thread(audit_file.repair, {record.hash for record in records})
        ledger = Ledger(
            run.run_id,
            token,
            request.key,
            _chain(run.run_id, request.key, records),
            audit_file,
            self._target.connection,
            request.settings.retry,
        )
        source = SourceSide(request.source, self._snapshot, self._observer, generation=generation)
        context = RunContext(source, self._target.connection, ledger, request.settings, self._observer)
        try:
            await ledger.record(control, "run-resumed" if is_resumed else "run-started", **self._facts(plan))
            states = {table.label: table for table in await runs.read_tables(control, run.run_id)}
            reports = await self._copy_tables(context, run, plan, target_catalog, done, states)
            has_failed = any(report.state == "failed" for report in reports)
            if not has_failed:
                await self._finish(run, plan)
            await ledger.record(control, "run-failed" if has_failed else "run-done", snapshots=source.generation)
            await runs.set_run(control, run.run_id, snapshot_count=source.generation)
            await runs.finish_run(control, run.run_id, "failed" if has_failed else "done")
        except (asyncio.CancelledError, KeyboardInterrupt):
            await self._interrupted(run)
            raise
        finally:
            await asyncio.to_thread(audit_file.close)
        return CopyReport(
            run_id=run.run_id,
            tables=tuple(reports),
            is_resumed=is_resumed,
            was_already_done=False,
            snapshot_count=source.generation,
            audit_file=audit_file.path,
            notes=tuple(self._notes),
        )

    async def _copy_tables(
        self,
        context: RunContext,
        run: runs.Run,
        plan: CopyPlan,
        target_catalog: Catalog,
        done: dict[str, TableProgress],
        states: dict[str, runs.TableRun],
    ) -> list[TableReport]:
        tables = sorted(plan.tables, key=lambda table: -table.relation.size_bytes)
        jobs = self._request.settings.jobs
        if run.schema_state == "existing" and not self._target.is_replica_role_allowed:
            tables = in_foreign_key_order(target_catalog, tables)
            jobs = 1
        gate = asyncio.Semaphore(jobs)

        async def copy(table: TablePlan) -> TableReport:
            async with gate:
                state = states[table.label].state
                return await self._copy_table(context, run, table, done[table.label], state)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(copy(table)) for table in tables]
        return [task.result() for task in tasks]

    async def _copy_table(
        self, context: RunContext, run: runs.Run, table: TablePlan, done: TableProgress, state: str
    ) -> TableReport:
        observer = self._observer
        if state == "done" or not table.has_rows:
            return TableReport(table.label, "done" if table.has_rows else "structure only", done.rows, table.format)
        observer.table_started(table.label, rows_done=done.rows, rows_estimate=table.relation.rows_estimate)
        error: SluiceError | None = None
        rows = done.rows
        connection = await self._target.connection()
        try:
            await self._set_state(connection, context, run, table, "copying")
            facts = {"table": table.label, "format": table.format, "reason": table.format_reason}
            await context.ledger.record(connection, "table-started", **facts)
            copy = TableCopy(context, table, done)
            await copy.run()
            rows = copy.rows
            await context.ledger.record(connection, "table-done", table=table.label, rows=rows)
            await self._set_state(connection, context, run, table, "done")
        except SluiceError as failure:
            error = failure
        finally:
            await connection.close()
        if error is not None:
            await self._record_failure(context, run, table, error)
        observer.table_finished(table.label, state="failed" if error else "done")
        return TableReport(table.label, "failed" if error else "done", rows, table.format, error)

    async def _set_state(
        self, connection: Connection, context: RunContext, run: runs.Run, table: TablePlan, state: str
    ) -> None:
        await runs.set_table(
            connection, run.run_id, table.target_schema, table.target_table, state, context.source.generation
        )

    async def _record_failure(self, context: RunContext, run: runs.Run, table: TablePlan, error: SluiceError) -> None:
        """Write down that a table failed; where even that cannot be written, the run itself cannot go on."""
        facts = {"table": table.label, "code": error.code, "sqlstate": getattr(error, "sqlstate", "")}
        connection = await self._target.connection()
        try:
            await context.ledger.record(connection, "table-failed", **facts)
            await self._set_state(connection, context, run, table, "failed")
        finally:
            await connection.close()

    async def _finish(self, run: runs.Run, plan: CopyPlan) -> None:
        """What comes after the last row: indexes and constraints, sequences, views with rows, statistics."""
        if run.schema_state == "pre-data":
            await self._restore("post-data")
            await runs.set_run(self._control, run.run_id, schema_state="complete")
            unfilled = await refresh_views(self._control)
            if unfilled:
                self._notes.append(f"materialized views that could not be filled: {', '.join(unfilled)}")
        source = await connect(self._request.source, role="source")
        try:
            await set_sequences(source, self._control)
        finally:
            await source.close()
        if self._request.settings.is_analyzing:
            self._observer.event("analyze")
            await analyze(self._control, [(table.target_schema, table.target_table) for table in plan.tables])

    async def _interrupted(self, run: runs.Run) -> None:
        """Say on the target that the run was stopped; it goes on the next time either way."""
        try:
            await runs.finish_run(self._control, run.run_id, "interrupted")
        except SluiceError:
            self._observer.event("interrupt-not-recorded")

    def _audit_path(self, run: runs.Run) -> Path:
        return self._request.audit_directory / f"{run.run_id}.jsonl"

    def _facts(self, plan: CopyPlan) -> dict[str, object]:
        identity = self._snapshot.catalog.identity
        return {
            "version": VERSION,
            "who": getpass.getuser(),
            "host": platform.node(),
            "source_system": identity.system_identifier,
            "source_database": identity.database_oid,
            "key_id": self._request.key.id,
            "plan_hash": plan.plan_hash,
            "tables": len(plan.tables),
            "left_out": [[item.label, item.reason] for item in plan.left_out],
        }


def _chain(run_id: uuid.UUID, key: Key, records: list[AuditRecord]) -> AuditChain:
    last_hash = records[-1].hash if records else GENESIS
    return AuditChain(run_id, key, sequence=len(records), last_hash=last_hash)


def _refuse_unreadable(plan: CopyPlan) -> None:
    """A schema can be dumped whole or not at all, so every table must be readable where we make it."""
    if plan.not_allowed:
        raise NotAllowedError(
            f"the source does not allow reading {len(plan.not_allowed)} of {len(plan.tables)} tables",
            detail=", ".join(plan.not_allowed) + ".",
            hint="GRANT SELECT on them, or create the target's schema yourself: then the others are copied.",
        )


def raise_if_failed(report: CopyReport) -> None:
    """Raise TablesFailedError naming the tables that are not done."""
    if report.failed:
        names = ", ".join(table.label for table in report.failed)
        count, total = len(report.failed), len(report.tables)
        raise TablesFailedError(
            f"{count} of {total} tables failed: {names}",
            hint="Mend the reason and run the same command again: it goes on where it stopped.",
        )
