"""Begins a run: a new one, one that goes on, or one that takes another's place."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from pgsluice.catalog.beside_tables import Offers, read_offers
from pgsluice.catalog.model import Catalog
from pgsluice.catalog.older import for_target
from pgsluice.catalog.read import read_catalog
from pgsluice.catalog.target_facts import read_target_facts
from pgsluice.driver import Connection
from pgsluice.pipeline.emptying import empty_tables
from pgsluice.pipeline.large_object_preflight import refuse_present_large_objects, remove_large_objects
from pgsluice.pipeline.preflight import (
    plan_or_refuse,
    refuse_dangling_keys,
    refuse_row_security,
    refuse_to_empty_others,
    refuse_unreadable,
    refuse_unwritable,
    refuse_where_rows_are,
)
from pgsluice.pipeline.request import CopyRequest
from pgsluice.pipeline.schema_preflight import refuse_missing_extensions, refuse_missing_roles
from pgsluice.plan.beside_tables import with_objects
from pgsluice.plan.bulk import with_bulk
from pgsluice.plan.changes import changes
from pgsluice.plan.locale import with_locale
from pgsluice.plan.model import CopyPlan
from pgsluice.plan.outline import outline
from pgsluice.points import reached
from pgsluice.state import runs
from pgsluice.state.checkpoints import forget_tables
from pgsluice.state.last_run import read_last_run
from pgsluice.state.objects import forget_made
from pgsluice.version import VERSION

# An error is read on a screen.
CHANGES_TOLD_MAX = 40


@dataclass(frozen=True)
class Begun:
    """A run that may write, with its plan; `is_done` where there is nothing left to write."""

    run: runs.Run
    plan: CopyPlan
    target_catalog: Catalog
    is_resumed: bool

    @property
    def is_done(self) -> bool:
        """Whether an earlier process has finished it."""
        return self.is_resumed and self.run.state == "done"


async def begin(
    request: CopyRequest, source: Catalog, control: Connection, *, on_making_schema: Callable[[], Awaitable[None]]
) -> Begun:
    """Plan, refuse what must be refused, and only then write the run's row.

    `on_making_schema` is called before the plan is made, where the target's objects are to be made.
    Raises PlanRefusedError, ResumeRefusedError or NotAllowedError; the target is as it was then.
    """
    facts, offers = await read_target_facts(control), await read_offers(control)
    begun = await _begin(request, source, control, offers, on_making_schema)
    makes_schema = begun.run.schema_state != "existing"
    plan = with_bulk(begun.plan, facts, jobs=request.settings.jobs, makes_schema=makes_schema)
    if makes_schema:
        settings = request.settings
        plan = with_objects(
            plan, source, offers, has_rights=settings.has_rights, without_extensions=settings.without_extensions
        )
    elif request.settings.has_rights or request.settings.without_extensions:
        note = "--rights and --without-extension change nothing: the target has its own schema"
        plan = replace(plan, notes=(*plan.notes, note))
    return replace(begun, plan=plan)


async def _begin(
    request: CopyRequest,
    source: Catalog,
    control: Connection,
    offers: Offers,
    on_making_schema: Callable[[], Awaitable[None]],
) -> Begun:
    target = await read_catalog(control)
    source = for_target(source, target.identity)
    previous = await runs.latest_run(control) if await runs.has_state(control) else None
    makes_schema = will_make_schema(previous.schema_state if previous else None, target)
    if makes_schema and (previous is None or previous.state != "done"):
        await on_making_schema()
    # A schema that we make ourselves is planned as the source has it: its indexes come after the rows.
    plan = plan_or_refuse(request, source, None if makes_schema else target)
    plan = with_locale(plan, source.identity, target.identity)
    if makes_schema:
        refuse_missing_extensions(source, offers, request.settings)
        refuse_missing_roles(source, offers, request.settings)
    if previous is not None and not request.is_restart:
        runs.refuse_other_run(
            previous,
            plan_hash=plan.plan_hash,
            key_id=request.key.id,
            source_system=source.identity.system_identifier,
            source_database=source.identity.database_oid,
            has_large_objects=request.settings.has_large_objects,
            changes=await _changes(request, control, previous, plan),
        )
        return Begun(previous, plan, target, is_resumed=True)
    await _refuse_new(request, source, control, plan, target, previous, makes_schema=makes_schema)
    await runs.make_state_schema(control)
    await remove_large_objects(control, previous.run_id if previous is not None else None)
    run = _new_run(request, source, plan, schema_state=_schema_state(previous, target, makes_schema=makes_schema))
    async with control.transaction():
        await runs.make_durable(control)
        if previous is not None:
            await _take_away(control, previous)
            if not target.relations:
                await forget_made(control)
        tables = [
            (table.target_schema, table.target_table, table.format, table.source.key.kind) for table in plan.tables
        ]
        await runs.begin_run(control, run, tables, VERSION, outline(plan.tables, request.key))
    reached("run-recorded")
    return Begun(run, plan, target, is_resumed=False)


async def _refuse_new(
    request: CopyRequest,
    source: Catalog,
    control: Connection,
    plan: CopyPlan,
    target: Catalog,
    previous: runs.Run | None,
    *,
    makes_schema: bool,
) -> None:
    """Refuse what speaks against a new run, or one that replaces `previous`."""
    if previous is not None:
        refuse_to_empty_others(await runs.read_tables(control, previous.run_id), plan)
    if makes_schema:
        refuse_unreadable(plan)
        refuse_dangling_keys(plan, source, request.settings.without_extensions)
    else:
        refuse_unwritable(target, plan.tables)
        refuse_row_security(target, plan.tables)
    if previous is None and not makes_schema:
        await refuse_where_rows_are(control, plan.tables)
    if previous is not None and all(table.label in target.by_label for table in plan.tables):
        plan_or_refuse(request, source, target)  # Its tables must still fit the source's.
    if request.settings.has_large_objects:
        await refuse_present_large_objects(request, control, previous.run_id if previous is not None else None)


async def _changes(request: CopyRequest, control: Connection, previous: runs.Run, plan: CopyPlan) -> list[str]:
    """Say by name what is planned otherwise than when the run began."""
    if previous.plan_hash == plan.plan_hash or previous.key_id != request.key.id:
        return []
    last = await read_last_run(control)
    if last is None or last.outline is None:
        return []
    found = changes(last.outline, outline(plan.tables, request.key), left_out=plan.reasons) or ()
    told = [str(change) for change in found[:CHANGES_TOLD_MAX]]
    more = len(found) - len(told)
    return [*told, f'and {more} more: "pgsluice plan --target" lists them all'] if more else told


def will_make_schema(schema_state: str | None, target: Catalog) -> bool:
    """Whether a run makes the target's objects itself; `schema_state` is how far an earlier one came, if any did."""
    if schema_state is None:
        return not target.relations
    return schema_state in {"none", "pre-data", "post-data"} or (schema_state == "complete" and not target.relations)


def _schema_state(previous: runs.Run | None, target: Catalog, *, makes_schema: bool) -> str:
    if not makes_schema:
        return "existing"
    return previous.schema_state if previous is not None and target.relations else "none"


def _new_run(request: CopyRequest, source: Catalog, plan: CopyPlan, *, schema_state: str) -> runs.Run:
    return runs.Run(
        run_id=uuid.uuid4(),
        state="running",
        plan_hash=plan.plan_hash,
        key_id=request.key.id,
        source_system=source.identity.system_identifier,
        source_database=source.identity.database_oid,
        snapshot_count=1,
        schema_state=schema_state,
        has_unlogged=any(table.is_unlogged for table in plan.tables),
        has_large_objects=request.settings.has_large_objects,
        format_version=runs.FORMAT_VERSION,
        started_at=None,
        finished_at=None,
    )


async def _take_away(control: Connection, previous: runs.Run) -> None:
    """Take away what an earlier run wrote: the rows of its tables and its checkpoints, in the open transaction."""
    tables = await runs.read_tables(control, previous.run_id)
    names = [(table.schema, table.name) for table in tables]
    await empty_tables(control, names, doing="emptying the tables of the earlier run")
    await forget_tables(control, previous.run_id)
    await runs.replace_run(control, previous.run_id)
