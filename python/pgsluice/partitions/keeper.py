"""Remembers the partitions of a table for a writer, so that a batch whose partitions are there costs no query."""

from __future__ import annotations

import time
from collections.abc import Iterable

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.lacking import Wanted, axis_of, lacking, places
from pgsluice.partitions.model import Partitioned
from pgsluice.partitions.refusal import PartitionsError


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

    async def ensure(self, connection: Connection, values: Iterable[object]) -> None:
        """Make what the keys of a batch need and what is missing ahead; not in a transaction that has to make some.

        Raises what `pgsluice.partitions.ensure.ensure` raises.
        """
        distinct = set(values)
        if self._has_all(distinct):
            return
        began = time.monotonic()
        ensured = await ensure(connection, self._schema, self._name, self._declaration, values=distinct)
        self._known, self._read_at = ensured.table, began

    @property
    def is_known(self) -> bool:
        """Whether anything is remembered."""
        return self._known is not None

    def forget(self) -> None:
        """Look at the table again before the next batch."""
        self._known = None

    def _has_all(self, values: set[object]) -> bool:
        if self._known is None:
            return False
        axis = axis_of(self._known, self._declaration)
        found, has_null = places(axis, values)
        current: int | None
        if self._declaration.is_by_time:
            current = self._known.now + int((time.monotonic() - self._read_at) * 1_000_000)
        else:
            current = max(found) if found else None
        try:
            return not lacking(self._known, axis, Wanted(found, (), current, has_null))
        except PartitionsError:  # It was so when it was read; what is there now decides.
            return False
