"""Outlines a plan in names, so that a later one can be told from it. No parameter of a mask is in it.

Parameters, limits and word lists are there as MACs under the run's key: two plans tell that they differ, not how.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pgsluice._core import Key
from pgsluice.plan.changes import OUTLINE_VERSION, Outline
from pgsluice.plan.decisions import UNDECIDED
from pgsluice.plan.model import PlannedColumn, TablePlan

# Of a MAC, enough to tell two plans apart.
_MARK_DIGITS = 16


def outline(tables: Iterable[TablePlan], key: Key | None) -> Outline:
    """Give what is remembered of these tables, as JSON-able data; without a key there are no MACs in it."""
    return {"version": OUTLINE_VERSION, "tables": {planned.label: _table(planned, key) for planned in tables}}


def _table(planned: TablePlan, key: Key | None) -> dict[str, Any]:
    request = {name: found for name, found in planned.request.items() if name != "columns"}
    request["words"] = {name: words.digest for name, words in request.get("words", {}).items()}
    # Decisions have marks of their own.
    request["columns"] = [
        {name: found for name, found in column.items() if name != "rule"} for column in planned.request["columns"]
    ]
    return {
        "format": planned.format,
        "rows": planned.has_rows,
        "key": planned.source.key.kind,
        "mark": _mark(request, key),
        "columns": {item.column.name: _column(item, key) for item in planned.columns},
    }


def _column(item: PlannedColumn, key: Key | None) -> list[str | None]:
    decision = item.decision
    if decision is UNDECIDED:
        return [item.column.type.display, "undecided", "", None]
    parameters = decision.said_parameters
    mark = _mark(parameters, key) if parameters else ""
    return [item.column.type.display, decision.rule.mask, decision.domain, mark]


def _mark(content: Any, key: Key | None) -> str | None:
    if key is None:
        return None
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=repr)
    return key.mac("plan outline", text.encode())[: _MARK_DIGITS // 2].hex()
