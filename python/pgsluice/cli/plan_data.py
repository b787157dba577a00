"""Gives a plan as data, for machines."""

from __future__ import annotations

import dataclasses
from typing import Any

from pgsluice.cli.plan_bulk import bulk_as_data
from pgsluice.pipeline.settings import CopySettings
from pgsluice.plan.model import CopyPlan, PlannedColumn, TablePlan


def plan_as_data(plan: CopyPlan, settings: CopySettings) -> dict[str, Any]:
    """Everything that a plan knows, by names and numbers."""
    return {
        "plan_hash": plan.plan_hash,
        "problems": list(plan.problems),
        "notes": list(plan.notes),
        "left_out": [{"table": item.label, "reason": item.reason} for item in plan.left_out],
        "objects_left_out": [{"object": item.label, "reason": item.reason} for item in plan.objects_left_out],
        "not_allowed": list(plan.not_allowed),
        "findings": [dataclasses.asdict(finding) for finding in plan.findings],
        "bulk": bulk_as_data(plan.bulk),
        "jobs": settings.jobs,
        "memory_bytes_per_job": settings.memory_bytes // settings.jobs,
        "memory_bytes": settings.memory_bytes,
        "forecast": None if plan.forecast is None else dataclasses.asdict(plan.forecast),
        "last_run": _last_run(plan),
        "changes": None if plan.changes is None else [dataclasses.asdict(change) for change in plan.changes],
        "tables": [_table(table, is_planned=True) for table in plan.tables]
        + [_table(table, is_planned=False) for table in plan.unplanned],
    }


def _last_run(plan: CopyPlan) -> dict[str, Any] | None:
    last = plan.last_run
    if last is None:
        return None
    return {
        "run_id": str(last.run_id),
        "state": last.state,
        "started_at": last.started_at.isoformat(),
        "finished_at": last.finished_at.isoformat() if last.finished_at else None,
        "key_id": last.key_id,
        "plan_hash": last.plan_hash,
        "rows": sum(rows for rows, _ in last.moved.values()),
        "size_bytes": sum(size_bytes for _, size_bytes in last.moved.values()),
    }


def _table(table: TablePlan, *, is_planned: bool) -> dict[str, Any]:
    return {
        "table": table.label,
        "is_planned": is_planned,
        "rows_estimate": table.relation.rows_estimate,
        "size_bytes": table.relation.size_bytes,
        "format": table.format,
        "format_reason": table.format_reason,
        "key": table.source.key.kind,
        "slices": table.slices,
        "has_rows": table.has_rows,
        "columns": [_column(item) for item in table.columns],
    }


def _column(item: PlannedColumn) -> dict[str, Any]:
    decision = item.decision
    is_decided = item.uniqueness != "undecided"
    follows = decision.follows
    return {
        "column": item.column.name,
        "type": item.column.type.display,
        "mask": decision.rule.mask if is_decided else None,
        "domain": decision.domain if is_decided else None,
        "origin": decision.origin,
        "follows": None if follows is None else {"table": follows[0], "column": follows[1]},
        "uniqueness": item.uniqueness,
        "must_be_unique": item.must_be_unique,
    }
