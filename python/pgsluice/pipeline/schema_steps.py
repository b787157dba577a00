"""Makes the target's schema around the rows: definitions before, indexes with their tables, the rest after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from pgsluice.catalog.beside_tables import read_dependents
from pgsluice.driver import Connection, connect
from pgsluice.driver.quoting import qualified
from pgsluice.errors import SluiceError, place
from pgsluice.pipeline.definitions import SourceDefinitions
from pgsluice.pipeline.index_builds import BUILDERS_MAX, LARGE_TABLE_BYTES, IndexBuilds
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.request import CopyRequest, LargeObjectReport, ObjectReport, TableReport
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.side_by_side import make_side_by_side
from pgsluice.pipeline.source import SourceSide
from pgsluice.pipeline.view_steps import fill_views, filled_on, over_copied
from pgsluice.plan.model import CopyPlan
from pgsluice.points import reached
from pgsluice.schema.archive import Entry
from pgsluice.schema.clusters import clusters
from pgsluice.schema.finish import set_sequences
from pgsluice.schema.making import OBJECTS_A_TRANSACTION, Made, Maker, SchemaError, missing_tables
from pgsluice.schema.order import Definitions, Step, sort_entries
from pgsluice.schema.session import open_session
from pgsluice.state import runs

# Of objects in one note.
NAMES_MAX = 40
# Fewer are made by one session before another is open.
SHARED_OBJECTS_MIN = 400
# What is said of an object is not there without it.
_ABOUT_OTHERS = {"ACL", "COMMENT", "DEFAULT ACL"}


@dataclass
class SchemaOutcome:
    """What came of making the schema, beside its tables."""

    failures: list[ObjectReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    large_objects: LargeObjectReport | None = None


class SchemaSteps:
    """Each step may be killed and done again: what is made is remembered object by object, in its own transaction."""

    def __init__(
        self,
        request: CopyRequest,
        source: SourceSide,
        definitions: SourceDefinitions,
        plan: CopyPlan,
        observer: Observer,
    ) -> None:
        self._request = request
        self._source = source
        self._plan = plan
        self._observer = observer
        self._source_definitions = definitions
        self._definitions: Definitions = sort_entries([])
        self._maker: Maker | None = None
        self._made = Made()

    async def before_rows(self, control: Connection, run: runs.Run, fencing_token: int) -> dict[str, SluiceError]:
        """Make what rows need; give the tables that could not be made, by label, and why.

        Raises SchemaError where there is no table at all.
        """
        state = await runs.read_schema_state(control, run.run_id)
        if state in {"existing", "complete"}:
            return {}
        settings = self._request.settings
        self._maker = Maker(run.run_id, fencing_token, has_owners=settings.has_rights)
        self._made = Made()
        self._observer.event("schema", step="reading")
        entries = await self._source_definitions.entries(self._source)
        self._definitions = sort_entries(entries, has_rights=settings.has_rights, left_out=await self._dependents())
        reached("pre-data-begins")
        await self._make_tables()
        missing = await self._missing(control)
        if missing and len(missing) == len(self._plan.tables):
            first = next(iter(missing.values()))
            raise SchemaError(
                "could not make any table of the schema on the target",
                detail=f"The first: {first}. {first.detail or ''}".strip(),
                hint="Check that the role may create schemas and tables in the target database.",
            )
        reached("pre-data-made")
        if state == "none":
            async with control.transaction():
                # A crash that took tables back would leave the records whole, and nobody would make them again.
                await runs.make_durable(control)
                await runs.set_run(control, run.run_id, schema_state="pre-data")
        return missing

    def index_builds(self) -> IndexBuilds:
        """Give what builds the indexes of finished tables; where the target has its own schema there are none."""
        return IndexBuilds(
            self._definitions.by_table,
            self._maker,
            self._session,
            self._made,
            self._observer,
            builders=self._request.settings.jobs,
        )

    async def after_rows(self, control: Connection, run: runs.Run, reports: Sequence[TableReport]) -> SchemaOutcome:
        """Make all else, set sequences, fill views. What needs a failed table waits for it."""
        outcome = SchemaOutcome()
        failed = {report.label for report in reports if report.state == "failed"}
        if self._maker is not None:
            await runs.set_run(control, run.run_id, schema_state="post-data")
            reached("post-data-begins")
            waiting = self._definitions.waiting_for(self._with_parents(failed))
            rest = self._definitions.of(Step.WITH_TABLE, Step.AFTER_ROWS, Step.RIGHTS)
            await self._make_rest([entry for entry in rest if entry.dump_id not in waiting])
        source = await connect(self._request.source, role="source")
        try:
            await self._fill_views(control, source, outcome)
            await self._make(self._definitions.steps[Step.AT_THE_END], "at-the-end")
            unset = await set_sequences(source, control)
        finally:
            await source.close()
        reached("post-data-made")
        self._tell_made(outcome, failed)
        if unset:
            outcome.notes.append(f"sequences that could not be set for want of rights: {', '.join(unset)}")
        is_complete = self._maker is not None and not (failed or outcome.failures)
        if is_complete:
            async with control.transaction():  # All that was made before is on the target's disk with this.
                await runs.make_durable(control)
                await runs.set_run(control, run.run_id, schema_state="complete")
        reached("schema-complete")
        return outcome

    async def _dependents(self) -> frozenset[tuple[int, int]]:
        """Give what could not be there without the extensions that are left out."""
        names = self._request.settings.without_extensions
        if not names:
            return frozenset()
        source = await connect(self._request.source, role="source")
        try:
            return await read_dependents(source, names)
        finally:
            await source.close()

    async def _session(self) -> Connection:
        return await open_session(
            self._request.target,
            self._request.settings.deadlines,
            chosen=self._plan.bulk.session_settings,
            statements=self._definitions.settings,
        )

    async def _make_tables(self) -> None:
        """Make what rows need, many tables in several sessions."""
        entries = self._definitions.steps[Step.BEFORE_ROWS]
        parts = clusters(entries, shares=self._sessions)
        if self._maker is not None and len(parts.shares) > 1 and len(entries) >= SHARED_OBJECTS_MIN:
            await self._make(parts.first, "before-tables")
            objects = sum(len(share) for share in parts.shares)
            self._observer.event("schema", step="tables", objects=objects, sessions=len(parts.shares))
            await make_side_by_side(
                self._maker, self._session, parts.shares, objects_a_transaction=OBJECTS_A_TRANSACTION
            )
        await self._make(entries, "before-rows")

    async def _make_rest(self, entries: Sequence[Entry]) -> None:
        """Make what comes after the rows; foreign keys of large tables last, as each reads both tables whole."""
        large = [
            entry for entry in entries if entry.kind == "FK CONSTRAINT" and self._size_bytes(entry) >= LARGE_TABLE_BYTES
        ]
        keys = {entry.dump_id for entry in large}
        await self._make([entry for entry in entries if entry.dump_id not in keys], "after-rows")
        if self._maker is not None and len(large) > 1 and self._sessions > 1:
            shares = [large[number :: self._sessions] for number in range(self._sessions)]
            await make_side_by_side(self._maker, self._session, shares, objects_a_transaction=1)
        await self._make(large, "foreign-keys")

    @property
    def _sessions(self) -> int:
        return min(self._request.settings.jobs, BUILDERS_MAX)

    def _size_bytes(self, entry: Entry) -> int:
        """Size of the largest table that an object needs."""
        by_oid = self._source.catalog.by_oid
        oids = self._definitions.table_oids(entry)
        return max((by_oid[oid].size_bytes for oid in oids if oid in by_oid), default=0)

    async def _make(self, entries: Sequence[Entry], step: str) -> None:
        """Make what is still missing of these; a lost connection is no reason to end."""
        maker = self._maker
        if maker is None or not entries:
            return

        async def attempt() -> None:
            session = await self._session()
            try:
                missing = await maker.missing(session, entries, self._made)
                if missing:
                    self._observer.event("schema", step=step, objects=len(missing))
                    await maker.make(session, missing, self._made)
            finally:
                await session.close()

        await with_retries(
            attempt, self._request.settings.retry, lambda attempt, _: self._observer.event("retry", attempt=attempt)
        )

    async def _missing(self, control: Connection) -> dict[str, SluiceError]:
        """Tables of the plan that are not on the target."""
        names = [qualified(table.target_schema, table.target_table) for table in self._plan.tables]
        rows = await control.fetch(
            "SELECT to_regclass(n) IS NULL AS is_missing FROM unnest($1::text[]) AS t (n)",
            names,
            doing="looking for the tables",
        )
        why = missing_tables(self._made.failures)
        return {
            table.label: why.get(table.relation.oid, SchemaError(f"{place(table.label)} was not made on the target"))
            for table, row in zip(self._plan.tables, rows, strict=True)
            if row["is_missing"]
        }

    def _with_parents(self, labels: set[str]) -> set[int]:
        """OIDs of these tables and of those that they are partitions or children of."""
        catalog = self._source.catalog
        found: set[int] = set()
        waiting = [catalog.by_label[label].oid for label in labels]
        while waiting:
            oid = waiting.pop()
            relation = catalog.by_oid.get(oid)
            if relation is not None and oid not in found:
                found.add(oid)
                waiting += relation.parent_oids
        return found

    async def _fill_views(self, control: Connection, source: Connection, outcome: SchemaOutcome) -> None:
        is_ours = self._maker is not None
        wanted = partial(filled_on, source) if is_ours else partial(over_copied, control, self._plan)
        failures = await fill_views(control, wanted, self._session, self._observer)
        if is_ours:
            outcome.failures += [ObjectReport(view.label, error) for view, error in failures]
        elif failures:
            names = ", ".join(view.label for view, _ in failures)
            outcome.notes.append(f"could not be filled again, rows in them may be old: {names}")

    def _tell_made(self, outcome: SchemaOutcome, failed: set[str]) -> None:
        """Name what could not be made, unless it is a table, which has its own report."""
        catalog = self._source.catalog
        of_reports = {catalog.by_label[label].oid for label in failed}
        labels = {failure.entry.dump_id: failure.label for failure in self._made.failures}
        for failure in self._made.failures:
            entry = failure.entry
            if not (entry.kind == "TABLE" and entry.object_oid in of_reports):
                needed = min(entry.needs & labels.keys(), default=None)
                needs = labels[needed] if needed is not None else None
                outcome.failures.append(ObjectReport(failure.label, failure.error, needs))
        if self._made.found:
            outcome.notes.append(f"were on the target before and are as they were: {_names(self._made.found)}")
        left_out = [entry for entry in self._definitions.left_out if entry.kind not in _ABOUT_OTHERS]
        if left_out:
            outcome.notes.append(f"left out with their extensions: {_names(left_out)}")


def _names(entries: Sequence[Entry]) -> str:
    more = f" and {len(entries) - NAMES_MAX} more" if len(entries) > NAMES_MAX else ""
    return ", ".join(entry.label for entry in entries[:NAMES_MAX]) + more
