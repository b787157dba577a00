"""The library's verbs: what the command line does, as functions. See the command of the same name for the prose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice._core import Key
from pgsluice.catalog.moment import Holder, is_held
from pgsluice.config.partitions import Partitions
from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn, connect
from pgsluice.pipeline.copy_run import copy_database
from pgsluice.pipeline.keeper import Released, release_snapshot
from pgsluice.pipeline.observer import Observer, Silent
from pgsluice.pipeline.partitioning import (
    DetachReport,
    EnsureReport,
    detach_tables_partitions,
    ensure_tables_partitions,
)
from pgsluice.pipeline.planning import PlanRequest, plan_database
from pgsluice.pipeline.request import CopyReport, CopyRequest, ObjectReport, TableReport, raise_if_failed
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.showing import ShownTable, show_rows
from pgsluice.plan.model import CopyPlan
from pgsluice.plan.partition_advice import Query
from pgsluice.recognition.draft import Draft
from pgsluice.recognition.samples import ROWS as SAMPLE_ROWS
from pgsluice.recognition.watching import Unwatched, Watcher
from pgsluice.state.report import RunStatus, read_status
from pgsluice.strategies.wal_cases import case_statements
from pgsluice.verification.report import VerifyReport, raise_if_different
from pgsluice.verification.request import SilentVerify, VerifyObserver, VerifyRequest, VerifySettings
from pgsluice.wal.bill import RecordKind, WalBill
from pgsluice.wal.cases import ROWS as CASE_ROWS
from pgsluice.wal.cases import CaseBill, measure_cases
from pgsluice.wal.measuring import measure
from pgsluice.wal.records import Way

__all__ = [
    "CaseBill",
    "CopyPlan",
    "CopyReport",
    "CopySettings",
    "DetachReport",
    "Draft",
    "EnsureReport",
    "Holder",
    "Key",
    "ObjectReport",
    "Observer",
    "Partitions",
    "Query",
    "RecordKind",
    "Released",
    "Rules",
    "RunStatus",
    "ShownTable",
    "TableReport",
    "VerifyObserver",
    "VerifyReport",
    "VerifySettings",
    "WalBill",
    "copy",
    "detach_partitions",
    "ensure_partitions",
    "init",
    "is_snapshot_held",
    "plan",
    "raise_if_different",
    "raise_if_failed",
    "release",
    "show",
    "status",
    "verify",
    "wal",
    "wal_cases",
]


async def copy(
    source: Dsn,
    target: Dsn,
    rules: Path | Rules,
    key: Key,
    *,
    audit_directory: Path,
    tables: Sequence[str] = (),
    is_restart: bool = False,
    settings: CopySettings | None = None,
    observer: Observer | None = None,
) -> CopyReport:
    """Copy and mask a database; called again, go on with a copy that was stopped.

    Raises a SluiceError before the first row where the run must not begin. Errors of single tables are in the
    report: `raise_if_failed` makes an error of them.
    """
    request = CopyRequest(
        source=source,
        target=target,
        rules=rules if isinstance(rules, Rules) else read_rules(rules),
        key=key,
        audit_directory=audit_directory,
        table_patterns=tables,
        is_restart=is_restart,
        settings=settings or CopySettings(),
    )
    return await copy_database(request, observer or Silent())


async def detach_partitions(
    target: Dsn, table: str, declaration: Partitions, *, is_dry_run: bool = False
) -> DetachReport:
    """Detach the partitions of `schema.table` that are wholly past what the declaration keeps; leave them as tables.

    Nothing is dropped. A dry run gives what would be detached.
    """
    connection = await connect(target, role="target")
    try:
        return await detach_tables_partitions(connection, table, declaration, is_dry_run=is_dry_run)
    finally:
        await connection.close()


async def ensure_partitions(
    target: Dsn,
    table: str,
    declaration: Partitions,
    *,
    between: tuple[object, object] | None = None,
    is_draining: bool = False,
    is_dry_run: bool = False,
    conflict_columns: Sequence[str] = (),
    queries: Sequence[Query] = (),
) -> EnsureReport:
    """Make the partitions of `schema.table` that are missing now and ahead, and those of the keys `between` two.

    `is_draining` moves the rows of a default partition into partitions of their own. The report warns where a conflict
    key or a query does not fit the partition key. A dry run gives what would be made.
    """
    connection = await connect(target, role="target")
    try:
        return await ensure_tables_partitions(
            connection,
            table,
            declaration,
            between=between,
            is_draining=is_draining,
            is_dry_run=is_dry_run,
            conflict_columns=conflict_columns,
            queries=queries,
        )
    finally:
        await connection.close()


async def init(
    source: Dsn,
    *,
    existing: Path | None = None,
    tables: Sequence[str] = (),
    sample_rows: int = SAMPLE_ROWS,
    watcher: Watcher | None = None,
) -> Draft:
    """Propose rules for all columns of a source, or for those that the rules file `existing` says nothing of.

    `sample_rows` of 0 looks at no value. Nothing is written: `text` of what is given is the rules file.
    """
    from pgsluice.recognition.drafting import draft_rules  # noqa: PLC0415 - a third of all imports

    return await draft_rules(
        source, watcher or Unwatched(), existing=existing, patterns=tables, sample_rows=sample_rows
    )


async def plan(
    source: Dsn,
    rules: Path | Rules,
    key: Key | None,
    *,
    target: Dsn | None = None,
    tables: Sequence[str] = (),
    settings: CopySettings | None = None,
    has_forecast: bool = False,
) -> CopyPlan:
    """Give what `copy` would do and why; `problems` lists all that it would refuse, `changes` what is new since the
    last run into the target.

    With `has_forecast`, rows of the largest tables are read and masked for about a second.
    """
    request = PlanRequest(
        source=source,
        rules=rules if isinstance(rules, Rules) else read_rules(rules),
        key=key,
        target=target,
        table_patterns=tables,
        settings=settings or CopySettings(),
        has_forecast=has_forecast,
    )
    return await plan_database(request)


async def show(plan: CopyPlan, source: Dsn, key: Key, *, rows: int) -> list[ShownTable]:
    """Give the first masked rows of each table of a plan as text; kept columns hold real values."""
    return await show_rows(source, key, plan.tables, rows)


async def status(target: Dsn, key: Key | None = None) -> list[RunStatus]:
    """Give the runs that a target remembers, newest first, with tables, rates and the state of the audit chain."""
    connection = await connect(target, role="target")
    try:
        return await read_status(connection, key)
    finally:
        await connection.close()


async def verify(
    source: Dsn,
    target: Dsn,
    rules: Path | Rules,
    key: Key,
    *,
    tables: Sequence[str] = (),
    has_objects: bool = True,
    may_source_change: bool = False,
    settings: VerifySettings | None = None,
    observer: VerifyObserver | None = None,
) -> VerifyReport:
    """Compare a copy with its source: counts, kept columns, masked columns, originals, keys, sequences, objects.

    Reads both sides and writes nothing. Differences are in the report: `raise_if_different` makes an error of them.
    With `may_source_change` a table that differs only where the source changed since the copy is none.
    """
    from pgsluice.verification.run import verify_database  # noqa: PLC0415

    request = VerifyRequest(
        source=source,
        target=target,
        rules=rules if isinstance(rules, Rules) else read_rules(rules),
        key=key,
        table_patterns=tables,
        has_objects=has_objects,
        may_source_change=may_source_change,
        settings=settings or VerifySettings(),
    )
    return await verify_database(request, observer or SilentVerify())


async def is_snapshot_held(source: Dsn, holder: Holder) -> bool:
    """Ask the source whether the holder of a run's snapshot, as `status` gives it, is still there."""
    connection = await connect(source, role="source")
    try:
        return await is_held(connection, holder)
    finally:
        await connection.close()


async def release(source: Dsn, target: Dsn) -> Released:
    """End the process that holds the snapshot of the target's newest run, if there is one."""
    connection = await connect(target, role="target")
    try:
        return await release_snapshot(source, connection)
    finally:
        await connection.close()


async def wal(
    target: Dsn,
    sql: str,
    *,
    arguments: Sequence[object] = (),
    way: Way = "auto",
    has_checkpoint: bool = False,
    has_transaction: bool = True,
    is_rolled_back: bool = False,
) -> WalBill:
    """Execute SQL, commit it, and give what it wrote to the write-ahead log, record by record.

    Records are told from other sessions' by the transaction's id where pg_walinspect is there or can be made for a
    moment (version 15, superuser); elsewhere the bill is how far the server's log grew, and says so. With `way`
    "records" that is an error. `pgsluice.wal.measure` takes functions too, `pgsluice.wal.measuring` any block.
    """
    return await measure(
        target,
        sql,
        *arguments,
        way=way,
        has_checkpoint=has_checkpoint,
        has_transaction=has_transaction,
        is_rolled_back=is_rolled_back,
    )


async def wal_cases(target: Dsn, *, rows: int = CASE_ROWS, way: Way = "auto") -> list[CaseBill]:
    """Give what upserts of absent, stale and fresh rows write to the log, by strategy.

    They are measured on a table of their own, which is made on the target and dropped again.
    """
    return await measure_cases(target, case_statements(), rows=rows, way=way)
