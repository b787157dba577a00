"""What a run is asked to do, and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pgsluice._core import Key
from pgsluice.config.rules import Rules
from pgsluice.driver import Dsn
from pgsluice.errors import ObjectsFailedError, SluiceError, TablesFailedError
from pgsluice.pipeline.settings import CopySettings
from pgsluice.state.snapshots import Consistency

# Of objects in one message; the report has them all.
NAMES_MAX = 10


@dataclass(frozen=True)
class CopyRequest:
    """What a run is asked to do."""

    source: Dsn
    target: Dsn
    rules: Rules
    key: Key
    audit_directory: Path
    table_patterns: Sequence[str] = ()
    is_restart: bool = False
    settings: CopySettings = field(default_factory=CopySettings)


@dataclass(frozen=True)
class TableReport:
    """What became of a table: `state` is done, failed or structure only."""

    label: str
    state: str
    rows: int
    copy_format: str
    error: SluiceError | None = None


@dataclass(frozen=True)
class ObjectReport:
    """An object of the schema that could not be made or filled, by kind and name, and why.

    `needs` is another one of them that it cannot be made without.
    """

    label: str
    error: SluiceError
    needs: str | None = None


@dataclass(frozen=True)
class LargeObjectReport:
    """What became of the large objects: how many are there now, and why no more."""

    objects: int
    size_bytes: int
    error: SluiceError | None = None


@dataclass(frozen=True)
class CopyReport:
    """What became of a run."""

    run_id: uuid.UUID
    tables: tuple[TableReport, ...]
    is_resumed: bool
    was_already_done: bool
    consistency: Consistency
    audit_file: Path
    notes: tuple[str, ...] = ()
    objects_failed: tuple[ObjectReport, ...] = ()
    # None where they were not asked for.
    large_objects: LargeObjectReport | None = None

    @property
    def snapshot_count(self) -> int:
        """How many snapshots of the source the run took, over all its processes."""
        return len(self.consistency.snapshots)

    @property
    def failed(self) -> tuple[TableReport, ...]:
        """The tables that are not done."""
        return tuple(table for table in self.tables if table.state == "failed")


def raise_if_failed(report: CopyReport) -> None:
    """Raise TablesFailedError or ObjectsFailedError naming what is not done."""
    if report.failed:
        names = ", ".join(table.label for table in report.failed)
        count, total = len(report.failed), len(report.tables)
        raise TablesFailedError(
            f"{count} of {total} tables failed: {names}",
            hint="Mend the reason and run the same command again: it goes on where it stopped. "
            'If the rules must change, begin anew with "--restart".',
        )
    if report.objects_failed:
        roots = [found.label for found in report.objects_failed if found.needs is None]
        names = ", ".join(roots[:NAMES_MAX]) + (", ..." if len(roots) > NAMES_MAX else "")
        count = len(report.objects_failed)
        raise ObjectsFailedError(
            f"all rows are copied, but {count} object{'s' if count > 1 else ''} could not be made: {names}",
            hint="Mend the reason and run the same command again: it makes what is missing.",
        )
