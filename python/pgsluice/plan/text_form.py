"""Plans a table once more so that its masked rows come as text: to be looked at, not to be written."""

from __future__ import annotations

from dataclasses import replace

from pgsluice.plan.model import TablePlan
from pgsluice.plan.tables import field_form
from pgsluice.sources.model import SourceField, SourceTable


def in_text_form(planned: TablePlan) -> TablePlan:
    """Give the same columns under the same masks as text COPY: the server writes the kept ones, the core the others."""
    copied = [item for item in planned.columns if not item.decision.is_omitted]
    # Key fields that come twice stand in front; here nothing goes on behind a key.
    columns = planned.request["columns"][-len(copied) :] if copied else []
    own = planned.source
    fields = tuple(SourceField(item.column.name, field_form(item, "text")) for item in copied)
    return replace(
        planned,
        format="text",
        source=SourceTable(own.schema, own.name, fields, own.key, key_ordinals=()),
        request=planned.request | {"format": "text", "columns": columns, "key": []},
    )
