"""Owns how a call's rows come in: encoded, numbered by table, refused at once or later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pgsluice._core import RowEncoder, Rows
from pgsluice.errors import RowRefusedError, UsageError, in_quotes, place
from pgsluice.plan.writing import WritePlan
from pgsluice.sources.given_rows import GivenRows
from pgsluice.sources.python_rows import Fault, encode


@dataclass(frozen=True)
class Refusable:
    """Rows of a table that may be refused, as they were given; those that could not be encoded already are."""

    given: GivenRows
    call: int
    # The number of the call's first row.
    call_first: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Taken:
    """A piece of what one call gave: encoded, and as given where rows of the table are rejected one by one."""

    rows: Rows
    refusable: Refusable | None = None

    @property
    def count(self) -> int:
        """How many rows were taken, with those that could not be encoded."""
        return self.rows.rows + (len(self.refusable.faults) if self.refusable else 0)


def _named(fault: Fault, given: GivenRows, plan: WritePlan) -> Fault:
    """Name the column that a row must not bring, where the table has it; any other name may be a value."""
    position, column, reason = fault
    if column is not None:
        # The encoder is told that columns of the key are NOT NULL, for NULL is equal to nothing; the table may not.
        if not plan.target.column_by_name[column].is_not_null and reason.endswith("found NULL"):
            return position, column, "expected a value, as the column is of the conflict key, found NULL"
        return fault
    names = given.names(position) - set(plan.column_names)
    for found in plan.target.columns:
        if found.name in names:
            why = "generated, so its value cannot be given" if found.is_generated else "not among the columns of rows"
            return position, found.name, why
    return fault


class Intake:
    """Takes rows in; numbers those of each table from 0, and the calls too."""

    def __init__(self, plans: Mapping[str, WritePlan], rejecting: frozenset[str]) -> None:
        self._plans = plans
        self._encoders = {name: RowEncoder(plan.encoder_specs) for name, plan in plans.items()}
        self._rejecting = rejecting
        self._rows_taken: dict[str, int] = dict.fromkeys(plans, 0)
        self._calls = 0

    def take(self, table: str, rows: Any) -> Iterator[Taken]:
        """Encode a call's rows, piece by piece.

        Raises RowRefusedError at the first row that cannot be, behind those before it, where nothing is rejected.
        """
        if table not in self._encoders:
            declared = ", ".join(map(in_quotes, self._plans)) or "none yet"
            raise UsageError(
                f"{place(table)} is not of this writer",
                hint=f"Declared are {declared}; a writer begins with `async with`.",
            )
        plan = self._plans[table]
        # Several batches may take rows in side by side: what counts for a call is where it began.
        first = before = self._rows_taken[table]
        call, self._calls = self._calls, self._calls + 1
        for chunk, faults, keep in encode(self._encoders[table], rows, plan.column_names, first=first):
            if table in self._rejecting:
                given = keep()
                named = tuple(_named(fault, given, plan) for fault in faults)
                taken = Taken(chunk, Refusable(given, call, first, named))
            elif faults:
                position, column, reason = _named(faults[0], keep(), plan)
                taken = Taken(chunk.slice(0, position - before))
            else:
                taken = Taken(chunk)
            before += taken.count
            self._rows_taken[table] += taken.count
            yield taken
            if faults and table not in self._rejecting:
                raise RowRefusedError(plan.target.label, position - first, column, reason)
