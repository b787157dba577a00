"""Remembers the partitions of a table for a writer, so that a batch whose partitions are there costs no query."""

from __future__ import annotations

import time
from collections.abc import Iterable

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import NotAllowedError, ServerError
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.lacking import Wanted, axis_of, lacking, places
from pgsluice.partitions.model import Partitioned
from pgsluice.partitions.patience import DEFAULT_PATIENCE, Patience
from pgsluice.partitions.periods import Axis
from pgsluice.partitions.read import read_partitioned
from pgsluice.partitions.refusal import PartitionsError

# Rows wait while partitions ahead of them are made: shortly, and where it failed not again for a while.
_AHEAD_PATIENCE = Patience(turn_timeout_ms=2_000, tries=2)
AHEAD_PAUSE_S = 30.0


class PartitionKeeper:
    """Ensure the partitions of one table before each batch.

        keeper = PartitionKeeper("public", "events", Partitions(by="day"))
        await keeper.ensure(connection, [row.at for row in rows])

    Time is the server's: its clock when the table was last read, and how long that was ago by a clock that nobody sets.
    After an INSERT that found no partition (SQLSTATE 23514) call `forget`: somebody has detached or dropped one.
    """

    def __init__(self, schema: str, name: str, declaration: Partitions) -> None:
        self._schema, self._name, self._declaration = schema, name, declaration
        self._known: Partitioned | None = None
        self._read_at = 0.0
        self._ahead_at = 0.0
        #: Why the last try to make partitions ahead failed; None where they are there.
        self.late: str | None = None

    async def begin(self, connection: Connection) -> None:
        """Make what is missing ahead, by the clock; raise what forbids it, but for locks that others hold.

        In a transaction nothing is made. Numbers have no clock, so before the first of them nothing is ahead.
        """
        await self.axis(connection)
        if self._declaration.is_by_time and not connection.is_in_transaction:
            await self._go_ahead(connection, set(), must_be_able=True)

    async def ensure(self, connection: Connection, values: Iterable[object]) -> None:
        """Make what the keys of a batch need and what is missing ahead; not in a transaction that has to make some.

        Where the keys have partitions and those ahead cannot be made now, `late` says why, and it is tried again later.
        Raises what `pgsluice.partitions.ensure.ensure` raises.
        """
        distinct = set(values)
        if not self._has(distinct, is_ahead=False):
            await self._ensure(connection, distinct, is_ahead=False)
        if not connection.is_in_transaction and time.monotonic() >= self._ahead_at:
            await self._go_ahead(connection, distinct, must_be_able=False)

    async def axis(self, connection: Connection) -> Axis:
        """The axis of the table's key; raises PartitionsError where the declaration does not fit it."""
        return axis_of(await self._table(connection), self._declaration)

    async def grain(self, connection: Connection) -> int:
        """Give a length such that keys between two multiples of it share their partition, or the lack of one."""
        table = await self._table(connection)
        return axis_of(table, self._declaration).grain(table.bounds)

    @property
    def is_known(self) -> bool:
        """Whether anything is remembered."""
        return self._known is not None

    def forget(self) -> None:
        """Look at the table again before the next batch."""
        self._known = None

    async def _table(self, connection: Connection) -> Partitioned:
        if self._known is None:
            began = time.monotonic()
            self._known, self._read_at = await read_partitioned(connection, self._schema, self._name), began
        return self._known

    async def _go_ahead(self, connection: Connection, values: set[object], *, must_be_able: bool) -> None:
        if self._has(values, is_ahead=True):
            self.late = None
            return
        try:
            await self._ensure(connection, values, is_ahead=True)
        except (PartitionsError, NotAllowedError, ServerError) as error:
            if connection.is_closed or (must_be_able and not isinstance(error, ServerError)):
                raise
            self.late = str(error)
            self._ahead_at = time.monotonic() + AHEAD_PAUSE_S
        else:
            self.late = None

    async def _ensure(self, connection: Connection, values: set[object], *, is_ahead: bool) -> None:
        began = time.monotonic()
        ensured = await ensure(
            connection,
            self._schema,
            self._name,
            self._declaration,
            values=values,
            is_ahead=is_ahead,
            patience=_AHEAD_PATIENCE if is_ahead else DEFAULT_PATIENCE,
        )
        self._known, self._read_at = ensured.table, began

    def _has(self, values: set[object], *, is_ahead: bool) -> bool:
        if self._known is None:
            return False
        axis = axis_of(self._known, self._declaration)
        found, has_null = places(axis, values)
        current: int | None = None
        if is_ahead and self._declaration.is_by_time:
            current = self._known.now + int((time.monotonic() - self._read_at) * 1_000_000)
        elif is_ahead:
            current = max(found) if found else None
        try:
            return not lacking(self._known, axis, Wanted(found, (), current, has_null))
        except PartitionsError:  # It was so when it was read; what is there now decides.
            return False
