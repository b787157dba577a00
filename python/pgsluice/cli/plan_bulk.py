"""Shows how a plan loads its target: what is set and why, and what an administrator could do."""

from __future__ import annotations

from typing import Any

from pgsluice.cli.talk import show
from pgsluice.plan.bulk import BulkPlan, Choice, Scope

_LEADS: dict[Scope, str] = {"session": "", "transaction": "", "advice": "you could set ", "note": "mind "}


def tell_bulk(bulk: BulkPlan) -> None:
    """Write the block of a plan with a target."""
    if not bulk.choices:
        return
    show("loading the target (settings of the copy's own sessions; a kill leaves nothing changed):")
    for choice in bulk.choices:
        show(f"  {_LEADS[choice.scope]}{choice.name} = {choice.value}: {choice.reason}")


def bulk_as_data(bulk: BulkPlan) -> dict[str, Any]:
    """Give the same for machines."""
    return {
        "settings": [_as_data(choice) for choice in bulk.choices],
        "triggers_that_fire": [{"table": trigger.table_label, "trigger": trigger.name} for trigger in bulk.firing],
    }


def _as_data(choice: Choice) -> dict[str, str]:
    return {"name": choice.name, "value": choice.value, "scope": choice.scope, "reason": choice.reason}
