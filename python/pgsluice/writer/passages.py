"""Makes what lets a batch through: nothing, its number, or a cursor that stands where the batch begins."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from pgsluice.driver import Connection
from pgsluice.errors import in_quotes
from pgsluice.state import batch_tokens, cursors
from pgsluice.state.cursors import CursorMovedError
from pgsluice.strategies.statement import Gate
from pgsluice.writer.delivery import Passage
from pgsluice.writer.portion import Portion


@dataclass(frozen=True)
class Move:
    """A cursor's way over what a batch covers: from `start` up to `end`, without it."""

    name: str
    start: int
    end: int
    moved_by: uuid.UUID = field(default_factory=uuid.uuid4)

    def passage(self) -> Passage:
        """Move the cursor if it stands at the start."""
        gate = Gate(cursors.MOVE, cursors.MOVE_PARAMETERS)
        return Passage(gate, (self.name, self.start, self.end, self.moved_by))

    async def check(self, connection: Connection) -> None:
        """Tell a move that was made before its answer was lost from one that somebody else made."""
        found = await cursors.read_cursor(connection, self.name)
        if found is not None and found.moved_by == self.moved_by:
            return
        at = f"position {found.position}" if found else "none"
        raise CursorMovedError(
            f"cursor {in_quotes(self.name)}: expected position {self.start}, found {at}",
            detail="Another writer moved it, or a range before this one is missing. Nothing of the batch was written.",
            hint="Go on from the position that is found: await writer.position(name).",
        )


class Numbers:
    """Numbers the batches of one stream of flushes, so that none is written twice."""

    def __init__(self) -> None:
        self.writer = uuid.uuid4()
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
