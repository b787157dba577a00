"""Finds the rows that the server refuses and writes the others, in an open transaction, by savepoints.

It knows nothing of limits, records and commits: see `rejecting`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from pgsluice._core import Rows
from pgsluice.catalog.references import read_references
from pgsluice.driver import Connection
from pgsluice.errors import ServerError
from pgsluice.plan.writing import WritePlan
from pgsluice.points import reached
from pgsluice.writer.delivery import Delivery, write_portions
from pgsluice.writer.portion import Portion, portions_of
from pgsluice.writer.repeats import told_apart

_FLUSH = "_pgsluice_flush"
_PIECE = "_pgsluice_piece"
# A row that another row must stand beside may only have come too early.
_FOREIGN_KEY = "23503"
# ON CONFLICT meets two rows of one key that only the server knows for equal: one by one they are no error.
_SAME_ROW_TWICE = "21000"
# Halves find one row among n in log2 n steps. Where many rows are refused large pieces always have one: once so many
# of a table are, a failed piece is cut into as many as it should have refused rows. Of 10,000 rows 100 refused ones
# are found in 1,102 steps then, in 372 with the lines of COPY; halves and sixteenths took 1,638 and 1,087 (2026).
_MANY = 4


@dataclass(frozen=True)
class Lot:
    """All rows of one table in a flush, as they came."""

    name: str
    plan: WritePlan
    rows: Rows
    is_rejecting: bool


@dataclass
class Refused:
    """The rows of one table that the server refuses, by position."""

    errors: dict[int, ServerError] = field(default_factory=dict)


@dataclass
class _Siblings:
    """The pieces that a failed piece was cut into."""

    has_failed: bool = False


@dataclass(frozen=True)
class _Piece:
    rows: Rows
    siblings: _Siblings
    # The last of all pieces of a failed one: if none of the others failed, this one will.
    is_last: bool = False


class Isolation:
    """Writes lots without the rows that the server refuses.

    Rows are tried in the order in which they were given: of two that a unique index keeps apart, the first lands.
    Of rows with one key, the first or the last that the server takes is written, as the strategy says.
    """

    def __init__(
        self,
        connection: Connection,
        lots: Sequence[Lot],
        check: Callable[[int], None],
        may_look: Callable[[ServerError], bool],
        *,
        is_own: bool,
    ) -> None:
        self._may_look = may_look
        self._connection = connection
        self._is_own = is_own
        self._lots = lots
        self._check = check
        self.refused: dict[str, Refused] = {}
        # Those whose foreign key is into a table of these lots.
        self._referencing: set[str] = set()
        self._waiting: dict[str, Refused] = {}
        self._waiting_whole: dict[str, ServerError] = {}
        #: What was written, and what the server said of it.
        self.sent: list[Portion] = []
        self.delivery = Delivery()

    async def run(self, portions: Sequence[Portion] | None, *, is_callers: bool) -> None:
        """Write all lots; `portions` are all of them too, to be tried as a whole if that has not been done.

        Raises the error of what is no row's fault, or of a table that rejects none. `check` is called with the count
        of refused rows and may raise.
        """
        await self._execute(f"SAVEPOINT {_FLUSH}")
        await self._execute(f"SAVEPOINT {_PIECE}")
        if portions is not None:
            whole = portions
            error = await self._attempt(lambda: self._write(whole))
            if error is None and not is_callers:
                error = await self._attempt(self._check_constraints)
            if error is None:
                return
            await self._execute(f"ROLLBACK TO SAVEPOINT {_FLUSH}")
            await self._execute(f"SAVEPOINT {_PIECE}")
        await self._order_lots()
        await self._write_lots()
        # When a caller's deferred constraints are checked is the caller's to say.
        if not is_callers and await self._attempt(self._check_constraints) is not None:
            # A deferred constraint does not say which row breaks it. Checked at once, it does.
            await self._execute(f"ROLLBACK TO SAVEPOINT {_FLUSH}")
            await self._check_constraints()
            await self._execute(f"SAVEPOINT {_PIECE}")
            await self._write_lots()

    async def _order_lots(self) -> None:
        """Put tables behind those that they reference, where that is possible."""
        oids = [lot.plan.target.oid for lot in self._lots]
        references = await read_references(self._connection, oids)
        referencing = {oid for oid, _ in references}
        self._referencing = {lot.name for lot in self._lots if lot.plan.target.oid in referencing}
        sorter = TopologicalSorter[int](dict.fromkeys(oids, ()))
        for oid, referenced in references:
            if oid != referenced:
                sorter.add(oid, referenced)
        with contextlib.suppress(CycleError):
            places = {oid: place for place, oid in enumerate(sorter.static_order())}
            self._lots = sorted(self._lots, key=lambda lot: places[lot.plan.target.oid])

    async def _check_constraints(self) -> None:
        await self._execute("SET CONSTRAINTS ALL IMMEDIATE")

    async def _write_lots(self) -> None:
        self.refused = {lot.name: Refused() for lot in self._lots}
        self._waiting = {lot.name: Refused() for lot in self._lots}
        self._waiting_whole = {}
        self.sent, self.delivery = [], Delivery()
        for lot in self._lots:
            if lot.is_rejecting:
                await self._write_lot(lot)
            else:
                await self._write_whole(lot)
        await self._write_waiting()

    async def _write_whole(self, lot: Lot) -> None:
        error = await self._attempt(lambda: self._write(portions_of(_by_arrays(lot.plan), [lot.rows]), lot.plan))
        if error is None:
            self._waiting_whole.pop(lot.name, None)
        elif error.sqlstate == _FOREIGN_KEY and lot.name in self._referencing:
            self._waiting_whole[lot.name] = error
        else:
            raise error

    async def _write_lot(self, lot: Lot) -> None:
        """Write rows; where the row that stood for a key is refused, the next one with the key takes its place."""
        rows, settled = lot.rows, set[int]()
        while True:
            kept, dropped = rows, list[int]()
            if lot.plan.key_ordinals and lot.plan.repeats in {"first", "last"}:
                kept, dropped = rows.deduplicated(list(lot.plan.key_ordinals), lot.plan.repeats)
            todo = without(kept, settled)
            settled |= set(todo.positions)
            refused = await self._write_rows(lot, todo)
            if not refused:
                self.sent.append(Portion(lot.plan, rows.slice(0, 0), dropped=tuple(dropped)))
                return
            rows = without(rows, refused)

    async def _write_waiting(self) -> None:
        """Try what broke a foreign key again, as long as that gets a row in: the other row may have come later."""
        while self._waiting_whole or self._count(self._waiting):
            before = self._count(self._waiting), len(self._waiting_whole)
            waiting, self._waiting = self._waiting, {lot.name: Refused() for lot in self._lots}
            for lot in self._lots:
                if lot.name in self._waiting_whole:
                    await self._write_whole(lot)
                elif waiting[lot.name].errors:
                    await self._write_rows(lot, _only(lot.rows, set(waiting[lot.name].errors)))
            if (self._count(self._waiting), len(self._waiting_whole)) == before:
                break
        for error in self._waiting_whole.values():
            raise error
        for name, late in self._waiting.items():
            self.refused[name].errors |= late.errors
        self._check(self._count(self.refused))

    async def _write_rows(self, lot: Lot, rows: Rows) -> set[int]:
        """Write rows piece by piece; give the positions of those that were refused."""
        refused: set[int] = set()
        # Written later, a row could take the place of a newer one with its key.
        may_wait = lot.name in self._referencing and (
            lot.plan.repeats != "in turn" or not rows.has_duplicates(list(lot.plan.key_ordinals))
        )
        pieces = [_Piece(rows, _Siblings())] if rows.rows else []
        settled = 0
        while pieces:
            piece = pieces.pop()
            error = None
            if piece.rows.rows == 1 or not (piece.is_last and not piece.siblings.has_failed):
                error = await self._write_piece(lot, piece.rows)
                if error is None:
                    settled += piece.rows.rows
                    continue
            piece.siblings.has_failed = True
            if piece.rows.rows > 1:
                share = len(refused) / settled if len(refused) >= _MANY else 0
                pieces += reversed(_cut(piece.rows, error if lot.plan.is_copy else None, share))
                continue
            settled += 1
            (position,) = piece.rows.positions
            refused.add(position)
            found = self._waiting if may_wait and error and error.sqlstate == _FOREIGN_KEY else self.refused
            if error is not None:
                found[lot.name].errors[position] = error
            self._check(self._count(self.refused))
        return refused

    async def _write_piece(self, lot: Lot, rows: Rows) -> ServerError | None:
        # A line of COPY is a row of the piece, so rows stay in their order.
        portions = [Portion(lot.plan, rows)] if lot.plan.is_copy else portions_of(_by_arrays(lot.plan), [rows])
        reached("writer-piece-begins")
        return await self._attempt(lambda: self._write(portions, lot.plan), rows.rows)

    async def _write(self, portions: Sequence[Portion], plan: WritePlan | None = None) -> None:
        """Write, and keep what was sent; `plan` is the one that the portions' own was made from."""
        apart = await told_apart(self._connection, portions)
        delivery = await write_portions(self._connection, apart, None, is_own=self._is_own)
        for portion in apart:
            letters = delivery.letters.get(id(portion))
            sent = replace(portion, plan=plan or portion.plan)
            self.sent.append(sent)
            if letters is not None:
                self.delivery.letters[id(sent)] = letters

    async def _attempt(self, work: Callable[[], Awaitable[object]], rows: int = 1) -> ServerError | None:
        """Do work that may fail; give the error that is about a row, with nothing of the work left."""
        try:
            await work()
        except ServerError as error:
            is_about_row = error.is_about_row or (error.sqlstate == _SAME_ROW_TWICE and rows > 1)
            # That a partition is missing is no row's fault, as long as it may be made.
            if not is_about_row or self._may_look(error):
                raise
            failure = error
        else:
            await self._execute(f"RELEASE SAVEPOINT {_PIECE}; SAVEPOINT {_PIECE}")
            return None
        await self._execute(f"ROLLBACK TO SAVEPOINT {_PIECE}")
        return failure

    async def _execute(self, sql: str) -> None:
        await self._connection.execute(sql, doing="looking for rows that are refused")

    @staticmethod
    def _count(found: dict[str, Refused]) -> int:
        return sum(len(refused.errors) for refused in found.values())


def _by_arrays(plan: WritePlan) -> WritePlan:
    """Leave temporary tables out: each of many pieces would have to empty them."""
    return plan if plan.staging_rows_min is None else replace(plan, staging_rows_min=None)


def _cut(rows: Rows, error: ServerError | None, share: float) -> list[_Piece]:
    """Cut what failed: at the line that COPY named, else in equal parts; `share` of the rows before were refused."""
    siblings = _Siblings()
    line = error.copy_line if error else None
    if line is not None and 1 <= line <= rows.rows:
        rest = rows.slice(line, rows.rows)
        parts = [rows.slice(0, line - 1), rows.slice(line - 1, line), *_equal(rest, math.ceil(rest.rows * share))]
        return [_Piece(part, siblings) for part in parts if part.rows]
    parts = _equal(rows, max(2, math.ceil(rows.rows * share)))
    return [_Piece(part, siblings, is_last=part is parts[-1]) for part in parts]


def _equal(rows: Rows, count: int) -> list[Rows]:
    each = max(1, math.ceil(rows.rows / max(1, count)))
    return [rows.slice(start, start + each) for start in range(0, rows.rows, each)]


def without(rows: Rows, positions: set[int]) -> Rows:
    """Leave rows out by their positions."""
    return rows.without([ordinal for ordinal, position in enumerate(rows.positions) if position in positions])


def _only(rows: Rows, positions: set[int]) -> Rows:
    return rows.without([ordinal for ordinal, position in enumerate(rows.positions) if position not in positions])
