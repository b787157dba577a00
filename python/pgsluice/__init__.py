"""The write path of PostgreSQL: masked copies through binary COPY, and writers that pick the right strategy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pgsluice.config.partitions import Partitions
    from pgsluice.config.rejects import Rejects
    from pgsluice.config.table import Table
    from pgsluice.driver import Deadlines
    from pgsluice.errors import PlanRefusedError, RowRefusedError, SluiceError
    from pgsluice.pipeline.settings import RetrySettings
    from pgsluice.plan.writing import WritePlan
    from pgsluice.state.cursors import CursorMovedError
    from pgsluice.writer.batch import Batch
    from pgsluice.writer.blocking import BlockingWriter
    from pgsluice.writer.flushed import Flushed
    from pgsluice.writer.rejecting import RejectLimitError
    from pgsluice.writer.settings import WriterSettings
    from pgsluice.writer.writer import Writer

# Imported when asked for: the command line starts without them.
_HOMES = {
    "Batch": "pgsluice.writer.batch",
    "BlockingWriter": "pgsluice.writer.blocking",
    "CursorMovedError": "pgsluice.state.cursors",
    "Deadlines": "pgsluice.driver",
    "Flushed": "pgsluice.writer.flushed",
    "Partitions": "pgsluice.config.partitions",
    "PlanRefusedError": "pgsluice.errors",
    "RejectLimitError": "pgsluice.writer.rejecting",
    "Rejects": "pgsluice.config.rejects",
    "RetrySettings": "pgsluice.pipeline.settings",
    "RowRefusedError": "pgsluice.errors",
    "SluiceError": "pgsluice.errors",
    "Table": "pgsluice.config.table",
    "WritePlan": "pgsluice.plan.writing",
    "Writer": "pgsluice.writer.writer",
    "WriterSettings": "pgsluice.writer.settings",
}
__all__ = [
    "Batch",
    "BlockingWriter",
    "CursorMovedError",
    "Deadlines",
    "Flushed",
    "Partitions",
    "PlanRefusedError",
    "RejectLimitError",
    "Rejects",
    "RetrySettings",
    "RowRefusedError",
    "SluiceError",
    "Table",
    "WritePlan",
    "Writer",
    "WriterSettings",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
