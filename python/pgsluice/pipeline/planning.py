"""Plans a copy without beginning it: asks both sides, and tells all that `copy` would refuse. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pgsluice._core import Key
from pgsluice.catalog.beside_tables import Offers, read_offers, read_source_catalog
from pgsluice.catalog.definitions import Definitions, read_definitions
from pgsluice.catalog.model import Catalog
from pgsluice.catalog.older import for_target
from pgsluice.catalog.read import read_catalog
from pgsluice.catalog.target_facts import TargetFacts, read_target_facts
from pgsluice.config.rules import Rules
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.driver.session_settings import Role
from pgsluice.errors import NotAllowedError, PlanRefusedError, SluiceError
from pgsluice.pipeline.begin import will_make_schema
from pgsluice.pipeline.forecasting import with_forecast
from pgsluice.pipeline.preflight import (
    in_foreign_key_order,
    refuse_dangling_keys,
    refuse_row_security,
    refuse_same_database,
    refuse_unreadable,
    refuse_unwritable,
    refuse_where_rows_are,
)
from pgsluice.pipeline.schema_preflight import refuse_missing_extensions, refuse_missing_roles
from pgsluice.pipeline.settings import CopySettings
from pgsluice.plan.beside_tables import with_objects
from pgsluice.plan.build import build_plan
from pgsluice.plan.bulk import with_bulk
from pgsluice.plan.changes import changes
from pgsluice.plan.findings import Finding, mask_findings, target_findings
from pgsluice.plan.large_objects import with_large_objects
from pgsluice.plan.locale import with_locale
from pgsluice.plan.model import CopyPlan
from pgsluice.plan.outline import outline
from pgsluice.sources.locks import LOCK_TIMEOUT_MS
from pgsluice.state.last_run import LastRun, read_last_run


@dataclass(frozen=True)
class PlanRequest:
    """What is to be planned; without a key masks cannot be judged, without a target its tables are the source's."""

    source: Dsn
    rules: Rules
    key: Key | None
    target: Dsn | None = None
    table_patterns: Sequence[str] = ()
    settings: CopySettings = field(default_factory=CopySettings)
    # Whether some rows may be read and masked to say how long the copy will take.
    has_forecast: bool = False


@dataclass(frozen=True)
class _Target:
    """What a target answered."""

    catalog: Catalog
    definitions: dict[str, Definitions]
    facts: TargetFacts
    offers: Offers
    last_run: LastRun | None
    notes: tuple[str, ...]

    @property
    def makes_schema(self) -> bool:
        return will_make_schema(self.last_run.schema_state if self.last_run else None, self.catalog)


async def plan_database(request: PlanRequest) -> CopyPlan:
    """Plan; raises where a side cannot be asked, everything else is in the plan's problems and notes."""
    plan = await _planned(request)
    if not request.has_forecast:
        return plan
    return await with_forecast(plan, request.source, request.key, jobs=request.settings.jobs)


async def _planned(request: PlanRequest) -> CopyPlan:
    connection = await _connected(request.source, "source")
    try:
        source = await read_source_catalog(connection)
        definitions = await read_definitions(connection, source.relations)
    finally:
        await connection.close()
    if request.target is None:
        plan = _with_objects(request, _built(request, source, None), source, None)
        return replace(plan, findings=tuple(mask_findings(plan.tables, definitions)))
    settings = request.settings
    connection = await _connected(request.target, "target")
    try:
        target = await _asked(connection)
        source = for_target(source, target.catalog.identity)
        plan = _built(request, source, None if target.makes_schema else target.catalog)
        plan = with_locale(plan, source.identity, target.catalog.identity)
        plan = with_bulk(plan, target.facts, jobs=request.settings.jobs, makes_schema=target.makes_schema)
        if target.makes_schema:
            plan = _with_objects(request, plan, source, target.offers)
        plan = replace(
            plan,
            problems=plan.problems + tuple(await _refusals(connection, plan, source, target, settings)),
            notes=plan.notes + target.notes,
            findings=tuple(_findings(plan, definitions, target)),
        )
    finally:
        await connection.close()
    return _compared(request, plan, source, target.last_run)


async def _connected(dsn: Dsn, role: Role) -> Connection:
    """Open a session that waits behind nobody's lock for long: the size of a table is read behind one."""
    connection = await connect(dsn, role=role)
    await connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}", doing="changing settings")
    return connection


def _built(request: PlanRequest, source: Catalog, target: Catalog | None) -> CopyPlan:
    settings = request.settings
    plan = build_plan(
        source,
        target,
        request.rules,
        request.key,
        table_patterns=request.table_patterns,
        without_extensions=settings.without_extensions if target is None else (),
        jobs=settings.jobs,
        slice_bytes=settings.slice_bytes,
    )
    return with_large_objects(plan, source, request.rules, is_wanted=settings.has_large_objects)


def _with_objects(request: PlanRequest, plan: CopyPlan, source: Catalog, offers: Offers | None) -> CopyPlan:
    settings = request.settings
    return with_objects(
        plan, source, offers, has_rights=settings.has_rights, without_extensions=settings.without_extensions
    )


async def _asked(connection: Connection) -> _Target:
    catalog = await read_catalog(connection)
    definitions = await read_definitions(connection, catalog.relations)
    facts, offers = await read_target_facts(connection), await read_offers(connection)
    try:
        return _Target(catalog, definitions, facts, offers, await read_last_run(connection), ())
    except NotAllowedError:
        note = "the role may not read what the target remembers of earlier runs (schema _pgsluice)"
    return _Target(catalog, definitions, facts, offers, None, (note,))


def _findings(plan: CopyPlan, definitions: dict[str, Definitions], target: _Target) -> Iterator[Finding]:
    """Rows go where a run of ours makes the source's definitions, or where the target's are already."""
    if target.makes_schema:
        yield from mask_findings(plan.tables, definitions)
        return
    yield from mask_findings(plan.tables, target.definitions)
    yield from target_findings(plan.tables, target.catalog.by_label, definitions, target.definitions)


async def _refusals(
    connection: Connection, plan: CopyPlan, source: Catalog, target: _Target, settings: CopySettings
) -> list[str]:
    """What `copy` refuses before its first row beside the plan's own problems; one reason does not hide another."""
    found: list[str] = []

    def ask(refuse: Callable[[], object]) -> None:
        try:
            refuse()
        except SluiceError as error:
            found.extend(_reasons(error))

    ask(lambda: refuse_same_database(source.identity, target.catalog.identity))
    if target.makes_schema:
        ask(lambda: refuse_unreadable(plan))
        ask(lambda: refuse_missing_extensions(source, target.offers, settings))
        ask(lambda: refuse_missing_roles(source, target.offers, settings))
        ask(lambda: refuse_dangling_keys(plan, source, settings.without_extensions))
    else:
        ask(lambda: refuse_unwritable(target.catalog, plan.tables))
        ask(lambda: refuse_row_security(target.catalog, plan.tables))
        if not plan.bulk.is_replica_role:
            ask(lambda: in_foreign_key_order(target.catalog, plan.tables))
    # Where row security is in the way, nobody can look; that was told above.
    is_readable = not any(relation.is_row_security_active for relation in target.catalog.relations)
    if target.last_run is None and not target.makes_schema and is_readable:
        try:
            await refuse_where_rows_are(connection, plan.tables)
        except SluiceError as error:
            found.extend(_reasons(error))
    return found


def _reasons(error: SluiceError) -> list[str]:
    if isinstance(error, PlanRefusedError) and error.problems:
        return list(error.problems)
    return [f"{error.message}: {error.detail}" if error.detail else error.message]


def _compared(request: PlanRequest, plan: CopyPlan, source: Catalog, last: LastRun | None) -> CopyPlan:
    """Say what is planned otherwise than in the last run, and what `copy` would do about that run."""
    if last is None:
        return plan
    is_same_source = (last.source_system, last.source_database) == (
        source.identity.system_identifier,
        source.identity.database_oid,
    )
    is_same_key = request.key is not None and request.key.id == last.key_id
    found = None
    if is_same_source and last.outline is not None:
        # Under another key all marks would differ, and say nothing.
        now = outline([*plan.tables, *plan.unplanned], request.key if is_same_key else None)
        found = changes(last.outline, now, left_out=plan.reasons)
    note = _next_step(plan, last, is_same_source=is_same_source, is_same_key=is_same_key)
    return replace(plan, last_run=last, changes=found, notes=(*plan.notes, note))


def _next_step(plan: CopyPlan, last: LastRun, *, is_same_source: bool, is_same_key: bool) -> str:
    """What the same command as `copy` does about the last run."""
    run = f"run {last.run_id} ({last.state})"
    if not is_same_source:
        return f"the target holds {run} of another source: copy begins anew only with --restart"
    if not is_same_key:
        return f"the target holds {run}, which had key {last.key_id}: with another key copy needs --restart"
    if plan.problems or plan.plan_hash != last.plan_hash:
        return f"the target holds {run}, which was planned otherwise: copy begins anew only with --restart"
    if last.state == "done":
        return f"{run} has copied just this: copy has nothing to do, --restart copies anew"
    return f"copy goes on with {run}"
