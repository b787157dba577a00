"""Copies and masks a database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice._core import Key
from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn
from pgsluice.pipeline.copy_run import copy_database
from pgsluice.pipeline.observer import Observer, Silent
from pgsluice.pipeline.request import CopyReport, CopyRequest
from pgsluice.pipeline.settings import CopySettings


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
