"""Makes what lets a batch through: nothing, its number, or a cursor that stands where the batch begins."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from pgsluice.driver import Connection
from pgsluice.errors import in_quotes
from pgsluice.points import reached
from pgsluice.state import batch_tokens, cursors
from pgsluice.state.cursors import CursorMovedError, CursorState
from pgsluice.strategies.statement import Gate
from pgsluice.writer.delivery import Passage
from pgsluice.writer.portion import Portion


@dataclass(frozen=True)
class Move:
    """A cursor's way over what a batch covers: from `start` up to `end`, without it."""

    name: str
    start: int
    end: int
    moved_by: str = field(default_factory=lambda: str(uuid.uuid4()))

    def passage(self) -> Passage:
        """Move the cursor if it stands at the start."""
        gate = Gate(cursors.cursor_sql("move"), cursors.MOVE_PARAMETERS)
        return Passage(gate, (self.name, self.start, self.end, self.moved_by))

    async def check(self, connection: Connection) -> None:
        """Tell a move that was made before its answer was lost from one that somebody else made."""
        found = await cursors.read_cursor(connection, self.name, self.start, self.end)
        if found is not None and found.moved_by == self.moved_by:
            return
        at = "none" if found is None or found.position is None else f"position {found.position}"
        raise CursorMovedError(
            f"cursor {in_quotes(self.name)}: expected position {self.start}, found {at}",
            detail=_why(found),
            hint="Go on from the position that is found: await writer.position(name).",
        )


@dataclass(frozen=True)
class Span:
    """What a batch of a backfill covers of a cursor's stream: from `start` up to `end`, without it."""

    name: str
    start: int
    end: int

    async def record(self, connection: Connection) -> None:
        """Record the range in the rows' transaction. Others wait for its end from here on, so it is the last step."""
        reached("writer-range-begins")
        doing = f"recording a range of cursor {in_quotes(self.name)}"
        arguments = (self.name, self.start, self.end)
        if not await connection.fetch_prepared(cursors.cursor_sql("record"), arguments, doing=doing):
            self.refuse(await cursors.read_cursor(connection, self.name, self.start, self.end))
        reached("writer-range-recorded")

    async def refuse_if_written(self, connection: Connection) -> None:
        """Raise what says that a part of the range is written, if it is."""
        found = await cursors.read_cursor(connection, self.name, self.start, self.end)
        if found is not None and found.is_partly_written:
            self.refuse(found)

    def refuse(self, found: CursorState | None) -> NoReturn:
        """Raise what says that the range cannot be written."""
        state = "gone" if found is None else "written" if found.is_written else "written in part"
        raise CursorMovedError(
            f"cursor {in_quotes(self.name)}: expected nothing to be written from {self.start} to {self.end},"
            f" found the range {state}",
            detail=_why(found),
            hint="Write what is missing: await writer.gaps(name, start, end).",
        )


def _why(found: CursorState | None) -> str:
    """Say who may have been there; not that this batch is not written, where that cannot be known."""
    if found is not None and found.is_written:
        return "All of it is written, by another writer or by an earlier try of this one. Nothing was written twice."
    return "Another writer was there, or a range before this one is missing. Nothing of the batch was written."


class Numbers:
    """Numbers the batches of one stream of flushes, so that none is written twice."""

    def __init__(self) -> None:
        self.writer = str(uuid.uuid4())
        self._last = 0

    def passage(self, portions: Sequence[Portion]) -> Passage | None:
        """A number for a batch that must not be written twice; none where writing it again changes nothing."""
        if all(portion.plan.is_repeatable for portion in portions):
            return None
        return self.numbered()

    def numbered(self) -> Passage:
        """A number for a batch, whatever it does."""
        self._last += 1
        return Passage(Gate(batch_tokens.ONCE, batch_tokens.PARAMETERS), (self.writer, self._last))

    @property
    def is_used(self) -> bool:
        """Whether the server knows of it."""
        return self._last > 0
