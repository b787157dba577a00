"""The library's verbs: what the command line does, as functions. See the command of the same name for the prose.

A verb is imported when it is asked for: what it does not need would be a part of the time until its first statement.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from pgsluice._core import Key
    from pgsluice.api.copying import copy
    from pgsluice.api.measuring import wal, wal_cases
    from pgsluice.api.partitioning import detach_partitions, ensure_partitions
    from pgsluice.api.planning import plan, show
    from pgsluice.api.proposing import init
    from pgsluice.api.runs import is_snapshot_held, release, status
    from pgsluice.api.verifying import verify
    from pgsluice.catalog.moment import Holder
    from pgsluice.config.partitions import Partitions
    from pgsluice.config.rules import Rules
    from pgsluice.pipeline.keeper import Released
    from pgsluice.pipeline.observer import Observer
    from pgsluice.pipeline.partitioning import DetachReport, EnsureReport
    from pgsluice.pipeline.request import CopyReport, ObjectReport, TableReport, raise_if_failed
    from pgsluice.pipeline.settings import CopySettings
    from pgsluice.pipeline.showing import ShownTable
    from pgsluice.plan.model import CopyPlan
    from pgsluice.plan.partition_advice import Query
    from pgsluice.recognition.draft import Draft
    from pgsluice.state.report import RunStatus
    from pgsluice.verification.report import VerifyReport, raise_if_different
    from pgsluice.verification.request import VerifyObserver, VerifySettings
    from pgsluice.wal.bill import RecordKind, WalBill
    from pgsluice.wal.cases import CaseBill
else:
    _HOMES = {
        "CaseBill": "pgsluice.wal.cases",
        "CopyPlan": "pgsluice.plan.model",
        "CopyReport": "pgsluice.pipeline.request",
        "CopySettings": "pgsluice.pipeline.settings",
        "DetachReport": "pgsluice.pipeline.partitioning",
        "Draft": "pgsluice.recognition.draft",
        "EnsureReport": "pgsluice.pipeline.partitioning",
        "Holder": "pgsluice.catalog.moment",
        "Key": "pgsluice._core",
        "ObjectReport": "pgsluice.pipeline.request",
        "Observer": "pgsluice.pipeline.observer",
        "Partitions": "pgsluice.config.partitions",
        "Query": "pgsluice.plan.partition_advice",
        "RecordKind": "pgsluice.wal.bill",
        "Released": "pgsluice.pipeline.keeper",
        "Rules": "pgsluice.config.rules",
        "RunStatus": "pgsluice.state.report",
        "ShownTable": "pgsluice.pipeline.showing",
        "TableReport": "pgsluice.pipeline.request",
        "VerifyObserver": "pgsluice.verification.request",
        "VerifyReport": "pgsluice.verification.report",
        "VerifySettings": "pgsluice.verification.request",
        "WalBill": "pgsluice.wal.bill",
        "copy": "pgsluice.api.copying",
        "detach_partitions": "pgsluice.api.partitioning",
        "ensure_partitions": "pgsluice.api.partitioning",
        "init": "pgsluice.api.proposing",
        "is_snapshot_held": "pgsluice.api.runs",
        "plan": "pgsluice.api.planning",
        "raise_if_different": "pgsluice.verification.report",
        "raise_if_failed": "pgsluice.pipeline.request",
        "release": "pgsluice.api.runs",
        "show": "pgsluice.api.planning",
        "status": "pgsluice.api.runs",
        "verify": "pgsluice.api.verifying",
        "wal": "pgsluice.api.measuring",
        "wal_cases": "pgsluice.api.measuring",
    }

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
