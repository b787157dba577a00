"""All that is refused before the first row, when nothing was written yet."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.catalog.model import Catalog, Identity
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import NotAllowedError, PlanRefusedError, place
from pgsluice.pipeline.request import CopyRequest
from pgsluice.plan.build import build_plan
from pgsluice.plan.large_objects import with_large_objects
from pgsluice.plan.model import CopyPlan, TablePlan
from pgsluice.state.runs import TableRun

# Tables that are looked into by one statement; each is a lock, and so is each of its indexes.
TABLES_A_LOOK_MAX = 100


def refuse_same_database(source: Identity, target: Identity) -> None:
    """Raise PlanRefusedError where the two are one, or the target cannot be written."""
    if (source.system_identifier, source.database_oid) == (target.system_identifier, target.database_oid):
        raise PlanRefusedError("source and target are the same database", hint="Give another target.")
    if target.is_replica or target.is_read_only:
        raise PlanRefusedError("the target is read-only", hint="Give the primary server as the target.")


def plan_or_refuse(request: CopyRequest, source: Catalog, target: Catalog | None) -> CopyPlan:
    """Plan the run; raise PlanRefusedError with every problem at once."""
    plan = build_plan(
        source,
        target,
        request.rules,
        request.key,
        table_patterns=request.table_patterns,
        without_extensions=request.settings.without_extensions if target is None else (),
        jobs=request.settings.jobs,
        slice_bytes=request.settings.slice_bytes,
    )
    plan = with_large_objects(plan, source, request.rules, is_wanted=request.settings.has_large_objects)
    if plan.problems:
        count = len(plan.problems)
        raise PlanRefusedError(
            f"the plan has {count} problem{'s' if count > 1 else ''}, no row was read",
            problems=plan.problems,
            hint='Mend the rules file; "pgsluice plan" shows every decision.',
        )
    return plan


def refuse_unreadable(plan: CopyPlan) -> None:
    """A schema can be dumped whole or not at all, so every table must be readable where we make it."""
    if plan.not_allowed:
        raise NotAllowedError(
            f"the source does not allow reading {len(plan.not_allowed)} of {len(plan.tables)} tables",
            detail=", ".join(plan.not_allowed) + ".",
            hint="GRANT SELECT on them, or create the target's schema yourself: then the others are copied.",
        )


def refuse_dangling_keys(plan: CopyPlan, source: Catalog, without_extensions: Sequence[str] = ()) -> None:
    """Raise PlanRefusedError where a foreign key of the schema we make would refer to rows that are not copied.

    A key to a table that is not made for want of an extension is not made either.
    """
    filled = {table.relation.oid for table in plan.tables if table.has_rows}
    for extension in source.beside_tables.extensions:
        filled |= extension.table_oids if extension.name in without_extensions else set()
    problems = []
    for table in plan.tables:
        copied = {item.column.name for item in table.columns if item.decision.rule.mask not in {"null", "default"}}
        for key in table.relation.foreign_keys if table.has_rows else ():
            referenced = source.by_oid.get(key.referenced_oid)
            is_missing = referenced is not None and referenced.kind == "r" and referenced.oid not in filled
            if is_missing and referenced is not None and copied.issuperset(key.columns):
                problems.append(
                    f'table "{table.label}" refers to "{referenced.label}" (foreign key "{key.name}"), whose rows are '
                    "not copied"
                )
    if problems:
        raise PlanRefusedError(
            "foreign keys would refer to rows that are not copied",
            problems=tuple(problems),
            hint='Copy those tables too, mask the referring columns with "null", or create the schema yourself.',
        )


def refuse_to_empty_others(previous: Sequence[TableRun], plan: CopyPlan) -> None:
    """Raise PlanRefusedError where a restart would empty tables that it does not fill again."""
    filled = {table.label for table in plan.tables}
    others = [f'table "{table.label}" is of the earlier run' for table in previous if table.label not in filled]
    if others:
        raise PlanRefusedError(
            "a restart begins the whole earlier run anew, and this copy leaves tables of it out",
            problems=tuple(others),
            hint="Choose these tables too, or empty the target yourself.",
        )


def refuse_unwritable(catalog: Catalog, tables: Sequence[TablePlan]) -> None:
    """Raise NotAllowedError naming every table that the role may not insert into."""
    denied = [table.label for table in tables if not catalog.by_label[table.label].may_insert]
    if denied:
        raise NotAllowedError(
            f"the target does not allow inserting into {len(denied)} of {len(tables)} tables",
            detail=", ".join(denied) + ".",
            hint="GRANT INSERT on them to the role, and USAGE on their schemas.",
        )


def refuse_row_security(catalog: Catalog, tables: Sequence[TablePlan]) -> None:
    """Raise NotAllowedError naming every table whose row security the role is under: COPY does not write there."""
    guarded = [table.label for table in tables if catalog.by_label[table.label].is_row_security_active]
    if guarded:
        raise NotAllowedError(
            f"row security of the target applies to the role in {len(guarded)} of {len(tables)} tables",
            detail=", ".join(guarded) + ".",
            hint="Copy as the owner of the tables or as a role with BYPASSRLS, or disable it on them for the copy.",
        )


async def refuse_where_rows_are(connection: Connection, tables: Sequence[TablePlan]) -> None:
    """Raise PlanRefusedError naming every table of the plan that already holds rows."""
    filled = []
    for first in range(0, len(tables), TABLES_A_LOOK_MAX):
        filled += await _with_rows(connection, tables[first : first + TABLES_A_LOOK_MAX])
    if filled:
        raise PlanRefusedError(
            f"the target is not empty: {len(filled)} of {len(tables)} tables hold rows",
            problems=tuple(f"{place(table.label)} already holds rows on the target" for table in filled),
            hint="Give an empty database, or empty these tables; pgsluice never mixes its rows with others.",
        )


async def _with_rows(connection: Connection, tables: Sequence[TablePlan]) -> list[TablePlan]:
    """Give those of the tables that hold rows; a table that the role may not look into is named by the error."""
    names = (qualified(table.target_schema, table.target_table) for table in tables)
    exists = ", ".join(f"EXISTS (SELECT 1 FROM ONLY {name})" for name in names)  # noqa: S608 - all names are quoted
    doing = f"looking into {place(tables[0].label)}" if len(tables) == 1 else "looking for rows in the tables"
    try:
        found = await connection.fetch_value(f"SELECT ARRAY[{exists}]", doing=doing)
    except NotAllowedError:
        if len(tables) == 1:
            raise
        one_by_one = [await _with_rows(connection, [table]) for table in tables]
        return [table for with_rows in one_by_one for table in with_rows]
    return [table for table, has_rows in zip(tables, found, strict=True) if has_rows]


def in_foreign_key_order(catalog: Catalog, tables: Sequence[TablePlan]) -> list[TablePlan]:
    """Order tables so that what is referenced comes first, for targets whose foreign keys cannot be held off.

    Raises PlanRefusedError where keys go in a circle.
    """
    by_oid = {catalog.by_label[table.label].oid: table for table in tables}
    ordered: list[TablePlan] = []
    placed: set[int] = set()
    waiting = dict(by_oid)
    while waiting:
        ready = [
            oid
            for oid in waiting
            if all(
                key.referenced_oid in placed or key.referenced_oid == oid or key.referenced_oid not in by_oid
                for key in catalog.by_oid[oid].foreign_keys
            )
        ]
        if not ready:
            raise PlanRefusedError(
                "the target's foreign keys go in a circle, and the role may not hold them off",
                problems=tuple(f'table "{table.label}" is in the circle or behind it' for table in waiting.values()),
                hint="GRANT SET ON PARAMETER session_replication_role to the role (version 15 and newer), "
                "or drop the constraints for the copy.",
            )
        for oid in ready:
            ordered.append(waiting.pop(oid))
            placed.add(oid)
    return ordered
