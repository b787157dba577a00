"""Compares a copy with its source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice._core import Key
from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn
from pgsluice.verification.report import VerifyReport
from pgsluice.verification.request import SilentVerify, VerifyObserver, VerifyRequest, VerifySettings
from pgsluice.verification.run import verify_database


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
