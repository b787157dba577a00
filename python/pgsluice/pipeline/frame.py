"""What stands around a batch in its transaction: the table that it begins or ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pgsluice.driver import Connection
from pgsluice.state.audit import Event


async def _nothing(_: Connection) -> None:
    """Most batches stand in the middle."""


@dataclass(frozen=True)
class Frame:
    """Records before and after that of a batch, and what says the table's state; called before its checkpoint."""

    before: tuple[Event, ...] = ()
    after: tuple[Event, ...] = ()
    write: Callable[[Connection], Awaitable[None]] = _nothing
    # Whether the batch is the first of its table and the last.
    is_whole_table: bool = False
