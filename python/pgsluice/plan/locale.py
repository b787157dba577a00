"""Says what another locale on the target means: how text is sorted, the case of letters, and what is computed of it."""

from __future__ import annotations

from dataclasses import replace

from pgsluice.catalog.model import Identity
from pgsluice.plan.model import CopyPlan


def with_locale(plan: CopyPlan, source: Identity, target: Identity) -> CopyPlan:
    """Add a note to a plan where the two databases have different locales; it names tables to look at."""
    if _spelling(source.locale) == _spelling(target.locale):
        return plan
    note = (
        f'the target has another locale ("{target.locale}") than the source ("{source.locale}"): text is sorted, and '
        "its letters are made upper and lower case, as the target does it"
    )
    computed = [
        table.relation.label
        for table in plan.tables
        if table.has_rows and any(column.is_generated for column in table.relation.columns)
    ]
    if computed:
        note += f"; tables whose computed columns may hold other values for that: {', '.join(computed)}"
    return replace(plan, notes=(*plan.notes, note))


def _spelling(locale: str) -> str:
    """One spelling for what systems write as en_US.UTF-8 and en_US.utf8, C and POSIX."""
    return locale.lower().replace("utf-8", "utf8").replace("posix", "c")
