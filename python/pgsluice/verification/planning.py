"""Plans what is compared: as the copy was planned, and against the tables that are on the target now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pgsluice._core import Key
from pgsluice.catalog.model import Catalog, Relation
from pgsluice.catalog.older import for_target
from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.errors import NotAllowedError, PlanRefusedError, ResumeRefusedError
from pgsluice.plan.build import build_plan
from pgsluice.plan.model import CopyPlan, TablePlan
from pgsluice.state.runs import Run, TableRun, latest_run, read_tables
from pgsluice.verification.report import TableReport
from pgsluice.verification.request import VerifyRequest


@dataclass(frozen=True)
class Past:
    """What the target remembers of its copy; nothing where the role may not read it or it was taken away."""

    run: Run | None = None
    tables: tuple[TableRun, ...] = ()
    # Whether the role may read the digests of batches too.
    has_digests: bool = False


@dataclass(frozen=True)
class Chosen:
    """What is compared and what is not."""

    plan: CopyPlan
    tables: tuple[TablePlan, ...]
    # Tables that are not compared, with the reason.
    others: tuple[TableReport, ...]
    notes: tuple[str, ...]
    # Whether the run was planned like this, so that its digests are of the same fields.
    is_copys_plan: bool


async def read_past(connection: Connection) -> Past:
    """Read the run that the target remembers, where the role may."""
    if not await _may_read(connection, ["run", "table_run"]):
        return Past()
    run = await latest_run(connection)
    if run is None:
        return Past()
    has_digests = await _may_read(connection, ["batch", "slice"])
    return Past(run, tuple(await read_tables(connection, run.run_id)), has_digests=has_digests)


async def _may_read(connection: Connection, tables: list[str]) -> bool:
    return bool(await connection.fetch_value(statement("readable_state"), tables, doing="looking for runs"))


def choose(request: VerifyRequest, source: Catalog, target: Catalog, past: Past) -> Chosen:
    """Plan the comparison. Raises PlanRefusedError, ResumeRefusedError or NotAllowedError before a row is read."""
    _refuse_other_key(past.run, request.key)
    source = for_target(source, target.identity)
    plan = build_plan(
        source, _completed(source, target), request.rules, request.key, table_patterns=request.table_patterns
    )
    if plan.problems:
        count = len(plan.problems)
        raise PlanRefusedError(
            f"the plan has {count} problem{'s' if count > 1 else ''}, no row was read",
            problems=plan.problems,
            hint="Give the rules that the copy was made with.",
        )
    if not plan.tables:
        raise PlanRefusedError("there is no table to compare", hint="See the source's address and --tables.")
    states = {table.label: table.state for table in past.tables}
    tables, others = [], [TableReport(item.label, "left out", item.reason) for item in plan.left_out]
    for table in plan.tables:
        state = states.get(table.label, "done")
        if past.tables and table.label not in states:
            others.append(TableReport(table.label, "left out", "the run did not copy it"))
        elif state != "done":
            others.append(TableReport(table.label, "not done", f"its state in the run is {state}"))
        elif table.label not in target.by_label:
            others.append(TableReport(table.label, "missing", "the target has no such table"))
        else:
            tables.append(table)
    _refuse_unreadable(tables, target)
    is_copys_plan = past.run is not None and _is_plan_of(past.run, request, source, target, plan)
    notes = _notes(source, past, is_copys_plan=is_copys_plan)
    return Chosen(plan, tuple(tables), tuple(others), notes, is_copys_plan)


def _completed(source: Catalog, target: Catalog) -> Catalog:
    """Give the target's catalog with what it lacks as the source has it, so that the rest can be planned."""
    there = dict(target.by_label)
    for relation in source.relations:
        other = there.get(relation.label)
        there[relation.label] = relation if other is None else _with_columns(relation, other)
    return replace(target, relations=tuple(there.values()))


def _with_columns(relation: Relation, other: Relation) -> Relation:
    missing = [column for column in relation.columns if column.name not in other.column_by_name]
    return replace(other, columns=(*other.columns, *missing)) if missing else other


def _refuse_other_key(run: Run | None, key: Key) -> None:
    if run is not None and run.key_id != key.id:
        raise ResumeRefusedError(
            f"the target was masked with key {run.key_id}, this is key {key.id}",
            detail="Under another key every masked value is another one.",
            hint='Give the key of the copy; "pgsluice status" shows its id.',
        )


def _refuse_unreadable(tables: list[TablePlan], target: Catalog) -> None:
    """Raise NotAllowedError naming every table that a role may not read."""
    for side, labels in (
        ("source", [table.label for table in tables if not table.relation.may_select]),
        ("target", [table.label for table in tables if not target.by_label[table.label].may_select]),
    ):
        if labels:
            raise NotAllowedError(
                f"the {side} does not allow reading {len(labels)} of {len(tables)} tables",
                detail=", ".join(labels) + ".",
                hint="GRANT SELECT on them and USAGE on their schemas, or choose others with --tables.",
            )


def _notes(source: Catalog, past: Past, *, is_copys_plan: bool) -> tuple[str, ...]:
    """Say what bears on a comparison; the notes of the plan are for a copy."""
    run = past.run
    notes = ["the source is a replica: rows are as of its last replay"] if source.identity.is_replica else []
    if run is None:
        notes.append("the target remembers no run, or the role may not read it: its state is not looked at")
        return tuple(notes)
    if run.state != "done":
        notes.append(f"the run is not done, its state is {run.state}")
    if run.snapshot_count > 1:
        notes.append(f"the copy's rows come from {run.snapshot_count} snapshots of the source")
    identity = source.identity
    if (run.source_system, run.source_database) != (identity.system_identifier, identity.database_oid):
        notes.append("the copy was made from another server or database than this source")
    if not is_copys_plan:
        notes.append("rules, tables or columns are not those that the copy was made with")
    return tuple(notes)


def _is_plan_of(run: Run, request: VerifyRequest, source: Catalog, target: Catalog, plan: CopyPlan) -> bool:
    """Whether the run was planned like this, of these tables or of all, for an empty target or one with tables."""
    if run.plan_hash == plan.plan_hash:
        return True
    for patterns in dict.fromkeys((tuple(request.table_patterns), ())):
        for there in (None, _completed(source, target)):
            other = build_plan(source, there, request.rules, request.key, table_patterns=patterns)
            if other.plan_hash == run.plan_hash:
                return True
    return False


def with_parents(tables: Iterable[TablePlan], source: Catalog) -> set[int]:
    """Give the relations of tables and the partitioned ones above them: keys and sequences belong to those too."""
    found = {table.relation.oid for table in tables}
    waiting = list(found)
    while waiting:
        relation = source.by_oid.get(waiting.pop())
        above = relation.parent_oids if relation is not None and relation.is_partition else ()
        more = [oid for oid in above if oid in source.by_oid and oid not in found]
        found.update(more)
        waiting += more
    return found
