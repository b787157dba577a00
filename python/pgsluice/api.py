"""The library's verbs: what the command line does, as functions. See the command of the same name for the prose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice._core import Key
from pgsluice.catalog.read import read_catalog
from pgsluice.catalog.target_facts import read_target_facts
from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn, connect
from pgsluice.pipeline.copy_run import copy_database
from pgsluice.pipeline.observer import Observer, Silent
from pgsluice.pipeline.request import CopyReport, CopyRequest, TableReport, raise_if_failed
from pgsluice.pipeline.settings import CopySettings
from pgsluice.plan.build import build_plan
from pgsluice.plan.bulk import with_bulk
from pgsluice.plan.model import CopyPlan
from pgsluice.state.report import RunStatus, read_status

__all__ = [
    "CopyPlan",
    "CopyReport",
    "CopySettings",
    "Key",
    "Observer",
    "Rules",
    "RunStatus",
    "TableReport",
    "copy",
    "plan",
    "raise_if_failed",
    "status",
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


async def plan(
    source: Dsn,
    rules: Path | Rules,
    key: Key | None,
    *,
    target: Dsn | None = None,
    tables: Sequence[str] = (),
    jobs: int = 1,
) -> CopyPlan:
    """Give what `copy` would do and why; `problems` lists all that it would refuse."""
    decided = rules if isinstance(rules, Rules) else read_rules(rules)
    connection = await connect(source, role="source")
    try:
        source_catalog = await read_catalog(connection)
    finally:
        await connection.close()
    if target is None:
        return build_plan(source_catalog, None, decided, key, table_patterns=tables)
    connection = await connect(target, role="target")
    try:
        target_catalog = await read_catalog(connection)
        facts = await read_target_facts(connection)
    finally:
        await connection.close()
    existing = target_catalog if target_catalog.relations else None
    planned = build_plan(source_catalog, existing, decided, key, table_patterns=tables)
    return with_bulk(planned, facts, jobs=jobs, makes_schema=existing is None)


async def status(target: Dsn, key: Key | None = None) -> list[RunStatus]:
    """Give the runs that a target remembers, newest first, with tables, rates and the state of the audit chain."""
    connection = await connect(target, role="target")
    try:
        return await read_status(connection, key)
    finally:
        await connection.close()
