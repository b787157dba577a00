"""Makes a table's rows ready to be sent: sorted by the whole conflict key, each key once in a statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pgsluice._core import Rows
from pgsluice.driver import Array
from pgsluice.plan.writing import Way, WritePlan
from pgsluice.strategies import quiet_upsert
from pgsluice.strategies.statement import Part


@dataclass(frozen=True)
class Portion:
    """Rows of one table that one statement, or one COPY, writes."""

    plan: WritePlan
    rows: Rows
    # Portions of one table with rows of the same key: those of a turn are written after those of the turn before.
    turn: int = 0
    # Whether later turns have rows of its keys.
    is_followed: bool = False
    # The places of rows that are not sent, for another one of their key is.
    dropped: tuple[int, ...] = ()

    @property
    def way(self) -> Way:
        """How the rows travel."""
        return self.plan.way(self.rows.rows)

    @property
    def part(self) -> Part:
        """The write, from where the rows will be."""
        part = self.plan.part
        if self.is_followed and part.strategy is quiet_upsert.STRATEGY:
            return replace(part, strategy=quiet_upsert.LOCKING)
        return replace(part, is_staged=True) if self.way == "staging" else part

    def arguments(self) -> list[Array]:
        """The rows as one array a column; none where they lie in a temporary table."""
        if self.way == "staging":
            return []
        return [Array(oid, self.rows.array(ordinal)) for ordinal, oid in enumerate(self.plan.array_oids)]


def portions_of(plan: WritePlan, chunks: Sequence[Rows]) -> list[Portion]:
    """Put rows together and sort them; give them in as many portions as a key comes often.

    Sorted keys keep two writers from waiting for each other in a circle, and land on the same pages one after another.
    """
    rows = chunks[0] if len(chunks) == 1 else Rows.joined(list(chunks))
    key = list(plan.key_ordinals)
    if not key:
        return [Portion(plan, rows)]
    rows = rows.sorted_by(key)
    if plan.repeats == "sent" or not plan.part.shape.is_key_exact:
        return [Portion(plan, rows)]
    if plan.repeats != "in turn":
        kept, dropped = rows.deduplicated(key, plan.repeats)
        return [Portion(plan, kept, dropped=tuple(dropped))]
    found: list[Portion] = []
    while rows.rows:
        # The first row of each key now, the second ones after them: as if rows had come one by one.
        turn, later = rows.deduplicated(key, "first")
        found.append(Portion(plan, turn, len(found), is_followed=bool(later)))
        rows = _only(rows, set(later))
    return found


def _only(rows: Rows, positions: set[int]) -> Rows:
    return rows.without([ordinal for ordinal, position in enumerate(rows.positions) if position not in positions])
