"""Shows masked rows: a line for each where they fit the terminal, else a line for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.cells import cell_len, set_cell_size

from pgsluice.cli.talk import output_width, show
from pgsluice.errors import printable
from pgsluice.pipeline.showing import ShownTable
from pgsluice.plan.model import CopyPlan, PlannedColumn

# Where standard output is no terminal.
_WIDTH = 100
_NULL = "(null)"
_GAP = "  "
# A column of names, types or masks is cut there, so that a value of some length fits beside it.
_WORD_WIDTH_MAX = 30
_VALUE_WIDTH_MIN = 20
# Less than that is not worth a row beside another.
_VALUE_WIDTH = 36


def tell_sample(plan: CopyPlan, shown: Sequence[ShownTable]) -> None:
    """Write every table's rows, and why some have none."""
    show('rows as the target would get them, the first of each table; columns with "keep" show real values')
    for table in shown:
        if table.error is not None:
            show(f"{table.label}: not shown: {table.error.message}")
        elif not table.rows:
            show(f"{table.label}: no rows")
        else:
            _tell_table(table)
    for planned in plan.unplanned:
        show(f"{planned.label}: not shown: see the problems")


def sample_as_data(shown: Sequence[ShownTable]) -> list[dict[str, Any]]:
    """Give the same for machines: values as text, null for NULL."""
    return [
        {
            "table": table.label,
            "columns": [
                {"column": item.column.name, "type": item.column.type.display, "mask": item.decision.rule.mask}
                for item in table.columns
            ],
            "rows": [list(row) for row in table.rows],
            "error": None if table.error is None else {"code": table.error.code, "message": table.error.message},
        }
        for table in shown
    ]


def _tell_table(table: ShownTable) -> None:
    width = output_width() or _WIDTH
    heads = [_head(item) for item in table.columns]
    rows = [[_NULL if value is None else printable(value) for value in row] for row in table.rows]
    widths = [max(cell_len(text) for text in column) for column in zip(*_turned(heads), *rows, strict=True)]
    if sum(widths) + len(_GAP) * len(widths) <= width:
        _tell_side_by_side(table.label, heads, rows, widths)
    else:
        _tell_turned(table.label, heads, rows, width)


def _head(item: PlannedColumn) -> tuple[str, str, str]:
    return printable(item.column.name), printable(item.column.type.display), printable(item.decision.rule.mask)


def _tell_side_by_side(
    label: str, heads: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    show(f"{label}:")
    for line in [*_turned(heads), ["-" * width for width in widths], *rows]:
        cells = (set_cell_size(text, width) for text, width in zip(line, widths, strict=True))
        click.echo(_GAP + _GAP.join(cells).rstrip())


def _tell_turned(label: str, heads: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[str]], width: int) -> None:
    """A line for each column, and as many rows beside each other as the width takes."""
    widths = [min(max(map(cell_len, column)), _WORD_WIDTH_MAX) for column in _turned(heads)]
    left = width - sum(widths) - len(_GAP) * 3
    at_once = max(1, min(left // (_VALUE_WIDTH + len(_GAP)), len(rows)))
    value_width = max(left // at_once - len(_GAP), _VALUE_WIDTH_MIN)
    for first in range(0, len(rows), at_once):
        together = rows[first : first + at_once]
        number = f"row {first + 1}" if len(together) == 1 else f"rows {first + 1} to {first + len(together)}"
        show(f"{label}, {number}:")
        for head, *values in zip(heads, *together, strict=True):
            sizes = (*widths, *(value_width for _ in values))
            cells = (_cut(text, size) for text, size in zip((*head, *values), sizes, strict=True))
            click.echo(_GAP + _GAP.join(cells).rstrip())


def _turned(heads: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    return [list(line) for line in zip(*heads, strict=True)] if heads else [[], [], []]


def _cut(text: str, width: int) -> str:
    """Exactly so wide; what is cut off is said to be."""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"
