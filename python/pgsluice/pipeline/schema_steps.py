"""Makes the target's schema around the rows: definitions before, indexes, constraints and the rest after."""

from __future__ import annotations

from pgsluice.catalog.read import read_catalog
from pgsluice.driver import Connection, connect
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.request import CopyRequest
from pgsluice.pipeline.source import SourceSide
from pgsluice.plan.model import CopyPlan
from pgsluice.points import reached
from pgsluice.schema.finish import analyze, set_sequences
from pgsluice.schema.transfer import Section, dump_directory, dump_schema
from pgsluice.schema.views import refresh_views
from pgsluice.state import runs


class SchemaSteps:
    """Each step may be killed and done again: what is half made is made anew."""

    def __init__(self, request: CopyRequest, source: SourceSide, observer: Observer) -> None:
        self._request = request
        self._source = source
        self._observer = observer

    async def before_rows(self, control: Connection, run: runs.Run) -> None:
        """Make tables and what they need, in one transaction: they are all there or none is."""
        if await runs.read_schema_state(control, run.run_id) != "none":
            return
        if not (await read_catalog(control)).relations:
            reached("pre-data-begins")
            await self._restore("pre-data")
            reached("pre-data-made")
        await runs.set_run(control, run.run_id, schema_state="pre-data")

    async def after_rows(self, control: Connection, run: runs.Run, plan: CopyPlan) -> list[str]:
        """Make indexes, constraints and triggers, set sequences, fill views, gather statistics; give notes."""
        notes = []
        state = await runs.read_schema_state(control, run.run_id)
        if state in {"pre-data", "post-data"}:
            await runs.set_run(control, run.run_id, schema_state="post-data")
            reached("post-data-begins")
            await self._restore("post-data", is_again=state == "post-data")
            reached("post-data-made")
            await runs.set_run(control, run.run_id, schema_state="complete")
            reached("schema-complete")
            unfilled = await refresh_views(control)
            if unfilled:
                notes.append(f"materialized views that could not be filled: {', '.join(unfilled)}")
        source = await connect(self._request.source, role="source")
        try:
            unset = await set_sequences(source, control)
        finally:
            await source.close()
        if unset:
            notes.append(f"sequences that could not be set for want of rights: {', '.join(unset)}")
        if self._request.settings.is_analyzing:
            self._observer.event("analyze")
            await analyze(control, [(table.target_schema, table.target_table) for table in plan.tables])
        return notes

    async def _restore(self, section: Section, *, is_again: bool = False) -> None:
        self._observer.event("schema", section=section)
        major = int(self._source.catalog.identity.version.partition(".")[0])
        snapshot = await self._source.hold()
        with dump_directory() as directory:
            dump = await dump_schema(self._request.source, major=major, snapshot=snapshot, directory=directory)
            await dump.restore(self._request.target, section, is_again=is_again)
