"""Tells which objects of a schema could not be made: those with a reason of their own, then what needs them."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.api import ObjectReport
from pgsluice.cli.talk import tell

# An error is read on a screen; all of them are in --json.
_ROOTS_MAX = 30
_DEPENDENTS_MAX = 20


def tell_objects(failed: Sequence[ObjectReport]) -> None:
    """Write the reasons, and names of what could not be made for want of others."""
    roots = [item for item in failed if item.needs is None]
    dependents = [item.label for item in failed if item.needs is not None and not item.label.startswith("comment ")]
    hints: dict[str, None] = {}
    for item in roots[:_ROOTS_MAX]:
        tell(f"could not be made: {item.label}")
        tell(f"  {item.error.detail or item.error.message}")
        if item.error.hint:
            hints[item.error.hint] = None
    if len(roots) > _ROOTS_MAX:
        tell(f"could not be made: {len(roots) - _ROOTS_MAX} more, --json names them")
    if dependents:
        named = ", ".join(dependents[:_DEPENDENTS_MAX])
        more = f" and {len(dependents) - _DEPENDENTS_MAX} more" if len(dependents) > _DEPENDENTS_MAX else ""
        tell(f"not made for want of these: {named}{more}")
    for hint in hints:
        tell(f"  hint: {hint}")
