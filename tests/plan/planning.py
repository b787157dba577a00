"""What tests of plans ask of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pgsluice.plan.model import CopyPlan


class Planner(Protocol):
    """Make the source, and the target if it is to exist, by SQL, and plan with rules of version 1."""

    def __call__(self, source: str, rules: str, *, target: str | None = None, has_key: bool = True) -> CopyPlan: ...


def decisions(plan: CopyPlan) -> dict[str, tuple[str, str]]:
    """Mask and domain by table.column."""
    return {
        f"{table.relation.name}.{item.column.name}": (item.decision.rule.mask, item.decision.domain)
        for table in plan.tables
        for item in table.columns
    }


def masks(plan: CopyPlan) -> dict[str, str]:
    """Mask by table.column."""
    return {column: mask for column, (mask, _) in decisions(plan).items()}
