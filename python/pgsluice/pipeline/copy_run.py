"""A whole run, from the snapshot to the last durable commit; running it again goes on where it stopped."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from pgsluice.catalog.read import read_identity
from pgsluice.driver import Connection
from pgsluice.errors import SluiceError
from pgsluice.pipeline.all_tables import copy_tables
from pgsluice.pipeline.already_done import nothing_to_do
from pgsluice.pipeline.begin import Begun, begin
from pgsluice.pipeline.definitions import SourceDefinitions
from pgsluice.pipeline.keeper import SnapshotKeeper
from pgsluice.pipeline.large_objects import LargeObjectCopy
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.left_off import read_left_off
from pgsluice.pipeline.mixed import UNCHECKED_KEYS, explain_mixed
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.preflight import in_foreign_key_order, refuse_same_database
from pgsluice.pipeline.request import CopyReport, CopyRequest, ObjectReport, TableReport
from pgsluice.pipeline.retry import is_busy, with_retries
from pgsluice.pipeline.run_facts import audit_path, chain_of, moment_facts, run_facts
from pgsluice.pipeline.schema_steps import SchemaOutcome, SchemaSteps
from pgsluice.pipeline.slice_copy import RunContext
from pgsluice.pipeline.source import SourceSide
from pgsluice.pipeline.table_copy import TableStart
from pgsluice.pipeline.target import TargetSide
from pgsluice.pipeline.unlogged import record_start
from pgsluice.plan.model import TablePlan
from pgsluice.plan.word_needs import takes_words
from pgsluice.plan.words import preload
from pgsluice.points import reached
from pgsluice.schema.vacuum import vacuum_tables
from pgsluice.sources.snapshot import Snapshot
from pgsluice.state import runs
from pgsluice.state.audit import Event
from pgsluice.state.audit_file import AuditFile
from pgsluice.state.checkpoints import TargetRewoundError
from pgsluice.state.large_objects import LargeObjectProgress, read_progress
from pgsluice.state.snapshots import Consistency, read_consistency
from pgsluice.state.unlogged import is_emptied

# Who interrupts waits for no server.
INTERRUPT_S = 3.0
# Crashes of the target within one run; a server that crashes more often needs its operator first.
REWINDS_MAX = 5


async def copy_database(request: CopyRequest, observer: Observer) -> CopyReport:
    """Copy and mask a database, or go on with a copy that was stopped.

    Raises PlanRefusedError, ResumeRefusedError, RunLockedError or ConnectError before the first row. Errors of
    single tables are in the report; the other tables are done.
    """
    settings = request.settings

    def tell_retry(attempt: int, error: BaseException) -> None:
        observer.event("retry", attempt=attempt, sqlstate=getattr(error, "sqlstate", ""))

    if takes_words(request.rules):  # A tenth of a second of importing, beside waiting for the source.
        asyncio.get_running_loop().run_in_executor(None, preload)
    target, keeper = TargetSide(request.target, settings), SnapshotKeeper(request, observer)
    definitions = SourceDefinitions(request.source)
    snapshot: Snapshot | None = None
    try:
        control = await with_retries(target.control, settings.retry, tell_retry, is_worth=is_busy)
        reached("target-locked")
        snapshot = await with_retries(lambda: keeper.open(control), settings.retry, tell_retry, is_worth=is_busy)
        refuse_same_database(snapshot.catalog.identity, await read_identity(control))
        ahead = partial(definitions.begin, snapshot.catalog, snapshot.name)
        begun = await begin(request, snapshot.catalog, control, on_making_schema=ahead)
        await keeper.end_outdated(target.control)
        target.use(begun.plan.bulk.session_settings)
        for role, refused in (("source", snapshot.settings_refused), ("target", control.settings_refused)):
            if refused:
                observer.event("settings-refused", role=role, settings=",".join(refused))
        for trigger in begun.plan.bulk.firing:
            observer.event("trigger-fires", table=trigger.table_label, trigger=trigger.name)
        if begun.is_done:
            report = await nothing_to_do(control, begun, request)
            await keeper.release(target.control)
            return report
        report = await _CopyRun(request, observer, snapshot, definitions, target, begun, keeper).run()
        if not report.failed:
            await keeper.release(target.control)
            return replace(report, consistency=report.consistency.released())
        return report
    finally:
        keeper.leave()
        await definitions.close()
        if snapshot is not None:
            await snapshot.close()
        await target.close()


class _CopyRun:
    """A run that may write."""

    def __init__(
        self,
        request: CopyRequest,
        observer: Observer,
        snapshot: Snapshot,
        definitions: SourceDefinitions,
        target: TargetSide,
        begun: Begun,
        keeper: SnapshotKeeper,
    ) -> None:
        self._request = request
        self._target = target
        self._begun = begun
        self._run = begun.run
        self._observer = observer
        self._keeper = keeper
        generation = keeper.generation(begun.run, is_resumed=begun.is_resumed)
        self._source = SourceSide(request.source, snapshot, request.settings.deadlines, keeper, generation=generation)
        self._ledger: Ledger | None = None
        self._schema = SchemaSteps(request, self._source, definitions, begun.plan, observer)
        self._audit_file = AuditFile(audit_path(request, self._run))

    async def run(self) -> CopyReport:
        """Do the run; whatever ends it early leaves what is committed."""
        try:
            event = "run-resumed" if self._begun.is_resumed else "run-started"
            for _ in range(REWINDS_MAX):
                try:
                    reports, outcome, consistency = await self._copy(event)
                    break
                except TargetRewoundError as error:
                    rewound = error
                    event = "run-rewound"
                    self._observer.event(event)
            else:
                raise rewound
            reached("run-done")
        except (asyncio.CancelledError, KeyboardInterrupt):
            reached("shutdown-begins")
            await self._note_end("interrupted")
            reached("shutdown-recorded")
            raise
        except SluiceError:
            await self._note_end("failed")
            raise
        finally:
            await self._source.close()
            await asyncio.to_thread(self._audit_file.close)
        return self._report(reports, outcome, consistency)

    async def _copy(self, event: str) -> tuple[list[TableReport], SchemaOutcome, Consistency]:
        """Copy from where the target is to the end; give what became of tables and schema, and its moments."""
        ledger, starts, large = await self._take_over(event)
        reached("run-taken-over")
        await self._keeper.hold(ledger, self._source.snapshot, self._source.generation)
        control, settings = await self._target.control(), self._request.settings
        missing = await self._schema.before_rows(control, self._run, ledger.fencing_token)
        starts = [replace(start, error=missing.get(start.table.label)) for start in starts]
        async with self._schema.index_builds() as builds:
            context = RunContext(
                self._source, self._target.sessions, ledger, settings, self._observer, builds.table_done
            )
            objects = LargeObjectCopy(context, large, count=self._begun.plan.large_objects.count)
            first = [objects.run] if settings.has_large_objects else []
            reports = await copy_tables(context, starts, jobs=self._jobs, first=first)
        # Each step can be done again, so a lost connection is no reason to end here.
        outcome, consistency = await with_retries(
            lambda: self._after_rows(ledger, reports, objects.failures),
            settings.retry,
            lambda attempt, _: self._observer.event("retry", attempt=attempt),
        )
        outcome.large_objects = objects.report if settings.has_large_objects else None
        return reports, outcome, consistency

    async def _take_over(self, event: str) -> tuple[Ledger, list[TableStart], LargeObjectProgress]:
        """Make this process the only one that may commit, and read what earlier ones left; both or none."""
        control, run, key = await self._target.control(), self._run, self._request.key
        async with control.transaction():
            token = await runs.take_over(control, run.run_id)
            await runs.set_run(control, run.run_id, snapshot_count=self._source.generation)
            await self._keeper.note(control, run.run_id, self._source.generation, self._source.snapshot)
            starts, records = await read_left_off(control, run.run_id, key, self._tables_in_order())
            large = await read_progress(control, run.run_id, records)
            is_unlogged_lost = await is_emptied(control, run.run_id)
            await asyncio.to_thread(self._audit_file.open)
        await asyncio.to_thread(self._audit_file.repair, {record.hash for record in records})
        chain = chain_of(run.run_id, key, records)
        retry = self._request.settings.retry
        ledger = Ledger(run.run_id, token, key, chain, self._audit_file, self._target.sessions, retry)
        self._ledger = ledger
        facts = run_facts(self._begun.plan, self._source.catalog.identity, self._request)
        facts |= moment_facts(self._source.generation, self._source.snapshot.moment)
        start = Event(event, facts)
        starts = await record_start(ledger, start, starts, self._observer, is_emptied=is_unlogged_lost)
        return ledger, starts, large

    async def _after_rows(
        self, ledger: Ledger, reports: list[TableReport], failures: list[ObjectReport]
    ) -> tuple[SchemaOutcome, Consistency]:
        """Finish the schema, and record how the run ended, durably."""
        control = await self._target.control()
        consistency = await read_consistency(control, self._run.run_id)
        outcome = await self._schema.after_rows(control, self._run, reports)
        outcome.failures = [*explain_mixed(outcome.failures, consistency), *failures]
        has_held_off_keys = self._run.schema_state == "existing" and self._begun.plan.bulk.is_replica_role
        if consistency.kind == "mixed snapshots" and has_held_off_keys:
            outcome.notes.append(UNCHECKED_KEYS)
        outcome.notes += await self._vacuum(reports)
        has_failed = outcome.failures or any(report.state == "failed" for report in reports)
        state = "failed" if has_failed else "done"
        generation = self._source.generation

        async def finish(connection: Connection) -> None:
            await runs.finish_run(connection, self._run.run_id, ledger.fencing_token, state, generation)

        reached("run-end-begins")
        facts: dict[str, object] = {
            "snapshots": generation,
            "consistency": consistency.kind,
            "objects_failed": [failure.label for failure in outcome.failures],
        }
        await ledger.record([Event(f"run-{state}", facts)], finish)
        return outcome, consistency

    async def _vacuum(self, reports: list[TableReport]) -> list[str]:
        """Vacuum and analyse the tables that got their rows, unless told not to; give notes.

        What is committed is on the target's disk here: of other rows VACUUM would not say that all see them.
        """
        if not self._request.settings.is_analyzing:
            return []
        if self._ledger is not None:  # A durable commit flushes all before it.
            await self._ledger.record([Event("rows-done", {})], runs.make_durable)
        self._observer.event("vacuum")
        done = {report.label for report in reports if report.state == "done"}
        sizes = {
            (table.target_schema, table.target_table): table.relation.size_bytes
            for table in self._begun.plan.tables
            if table.label in done
        }
        return await vacuum_tables(self._target.sessions.take, sizes, jobs=self._request.settings.jobs)

    def _tables_in_order(self) -> list[TablePlan]:
        """The largest first; what is referenced first where foreign keys cannot be held off."""
        tables = sorted(self._begun.plan.tables, key=lambda table: -table.relation.size_bytes)
        return in_foreign_key_order(self._begun.target_catalog, tables) if self._must_order else tables

    @property
    def _must_order(self) -> bool:
        return self._run.schema_state == "existing" and not self._begun.plan.bulk.is_replica_role

    @property
    def _jobs(self) -> int:
        return 1 if self._must_order else self._request.settings.jobs

    async def _note_end(self, state: str) -> None:
        """Say on the target that the run was stopped, if it can be said; it goes on the next time either way."""
        if self._ledger is None:
            return
        try:
            async with asyncio.timeout(INTERRUPT_S):
                control = await self._target.control()
                async with control.transaction():
                    await runs.finish_run(
                        control,
                        self._run.run_id,
                        self._ledger.fencing_token,
                        state,
                        self._source.generation,
                    )
        except (SluiceError, TimeoutError):
            self._observer.event("end-not-recorded", state=state)

    def _report(self, reports: list[TableReport], outcome: SchemaOutcome, consistency: Consistency) -> CopyReport:
        return CopyReport(
            run_id=self._run.run_id,
            tables=tuple(reports),
            is_resumed=self._begun.is_resumed,
            was_already_done=False,
            consistency=consistency,
            audit_file=self._audit_file.path,
            notes=(*self._begun.plan.notes, *outcome.notes),
            objects_failed=tuple(outcome.failures),
            large_objects=outcome.large_objects,
        )
