"""What a plan is: per table the columns, the format, the key and the request a program is compiled from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pgsluice.catalog.model import Column, Relation
from pgsluice.plan.bulk import BulkPlan
from pgsluice.plan.changes import Change
from pgsluice.plan.decisions import Decision
from pgsluice.plan.words import WordList
from pgsluice.sources.model import SourceTable
from pgsluice.state.last_run import LastRun

if TYPE_CHECKING:
    from pgsluice.plan.findings import Finding
    from pgsluice.plan.forecast import Forecast

Format = Literal["binary", "text"]


# How far different values stay different: what the compiled mask promises, or what becomes of the column instead.
Uniqueness = Literal["bijective", "128-bit", "lossy", "kept", "null", "default", "generated", "undecided", "unknown"]


@dataclass(frozen=True)
class PlannedColumn:
    """A column and what happens to it."""

    column: Column
    decision: Decision
    # "unknown" until the core has compiled the table, and where it refuses to.
    uniqueness: Uniqueness = "unknown"
    # Whether it is part of a unique index, where its rows will be.
    must_be_unique: bool = False


@dataclass(frozen=True)
class TablePlan:
    """All that is known of one table's copy before its first byte."""

    relation: Relation
    target_schema: str
    target_table: str
    columns: tuple[PlannedColumn, ...]
    source: SourceTable
    format: Format
    format_reason: str
    # Compiled by the core; JSON-able, and part of the plan's hash.
    request: dict[str, Any]
    has_rows: bool = True
    # On the target, that is.
    is_unlogged: bool = False
    # Ranges of its key that can be read at once; no part of the plan's hash, a run keeps those that it began with.
    slices: int = 1

    @property
    def label(self) -> str:
        """schema.table, as in rules files."""
        return self.relation.label

    @property
    def target_columns(self) -> tuple[str, ...]:
        """The columns that the target gets fields for, in the order of the fields."""
        return tuple(item.column.name for item in self.columns if not item.decision.is_omitted)

    @cached_property
    def functions(self) -> dict[str, str]:
        """Columns masked by Python functions: `package.module:function` by column."""
        found = ((item.column.name, item.decision.rule.python_function) for item in self.columns)
        return {name: function for name, function in found if function}

    @property
    def program_text(self) -> str:
        """The request as the core takes it: JSON, in which word lists are copied in and not written anew."""
        words: dict[str, WordList] = self.request.get("words", {})
        own = json.dumps({name: found for name, found in self.request.items() if name != "words"})
        lists = ", ".join(f"{json.dumps(name)}: {found.text}" for name, found in words.items())
        return f'{own[:-1]}, "words": {{{lists}}}}}'


@dataclass(frozen=True)
class LeftOut:
    """A table or another object that is not copied, and why."""

    label: str
    reason: str


@dataclass(frozen=True)
class LargeObjectPlan:
    """The large objects of a source, and whether they are copied."""

    count: int = 0
    size_bytes: int = 0
    # Columns of type oid, or of a domain over it such as lo: what may refer to them, by schema.table.column.
    columns: tuple[str, ...] = ()
    is_copied: bool = False


@dataclass(frozen=True, repr=False)
class CopyPlan:
    """A whole run before its first byte. `problems` being empty is what `copy` asks for."""

    tables: tuple[TablePlan, ...]
    left_out: tuple[LeftOut, ...]
    # Tables that will fail for want of rights; the others are copied.
    not_allowed: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    plan_hash: str
    # What of the schema that we make is left out, beside tables.
    objects_left_out: tuple[LeftOut, ...] = ()
    large_objects: LargeObjectPlan = field(default_factory=LargeObjectPlan)
    # Tables that lack something: a decision (each such column has `UNDECIDED`), or the table on the target.
    unplanned: tuple[TablePlan, ...] = ()
    # How the target is loaded; empty where no target was asked.
    bulk: BulkPlan = field(default_factory=BulkPlan)
    # What the target remembers of the last run, and what is planned otherwise now; None where there is none to tell.
    last_run: LastRun | None = None
    changes: tuple[Change, ...] | None = None
    # Masks that a CHECK may refuse, and what differs between the source's tables and the target's.
    findings: tuple[Finding, ...] = ()
    # How long the copy may take; None where nobody asked, and where copy would refuse.
    forecast: Forecast | None = None

    @property
    def reasons(self) -> dict[str, str]:
        """Why tables are left out, by schema.table."""
        return {item.label: item.reason for item in self.left_out}

    # Short: asyncio.run makes one of its result when it gives the signals back, and a thousand tables in full took
    # it a third of the time of a plan.
    def __repr__(self) -> str:
        return f"<CopyPlan of {len(self.tables)} tables, {len(self.problems)} problems>"
