"""Has the partitions made that a flush's rows need, and those ahead, before the rows are sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import ServerError
from pgsluice.partitions.keeper import PartitionKeeper
from pgsluice.plan.writing import WritePlan
from pgsluice.writer.portion import Portion

# An INSERT that finds no partition, and a broken CHECK, alike.
NO_PARTITION = "23514"


@dataclass(frozen=True)
class _Watched:
    """A table whose partitions are made ahead."""

    name: str  # as it is declared
    keeper: PartitionKeeper
    ordinal: int  # of the partition key among the columns

    async def keys(self, connection: Connection, portions: Sequence[Portion]) -> set[object]:
        """Give a key for each partition that rows are in or lack."""
        axis = await self.keeper.axis(connection)
        grain = await self.keeper.grain(connection) // axis.sent_unit
        found: set[object] = set()
        for portion in portions:
            numbers, has_null = portion.rows.steps(self.ordinal, grain)
            found |= {axis.sent(number * grain) for number in numbers}
            found |= {None} if has_null else set()
        return found


class PartitionsAhead:
    """Knows the partitions of a writer's tables; asks the server only where something may be missing."""

    def __init__(self, plans: Mapping[str, WritePlan], declared: Mapping[str, Partitions]) -> None:
        self._watched = {plans[name].target.oid: _watched(name, plans[name], found) for name, found in declared.items()}

    @property
    def is_watching(self) -> bool:
        """Whether there is such a table at all."""
        return bool(self._watched)

    @property
    def late(self) -> dict[str, str]:
        """The tables whose partitions ahead could not be made the last time, and why."""
        return {watched.name: watched.keeper.late for watched in self._watched.values() if watched.keeper.late}

    async def begin(self, connection: Connection) -> None:
        """Make what is missing ahead before there are rows. Raises PartitionsError, NotAllowedError."""
        for watched in self._watched.values():
            await watched.keeper.begin(connection)

    async def ensure(self, connection: Connection, portions: Sequence[Portion]) -> None:
        """Make what is missing for these rows. Raises PartitionsError where they can have none."""
        of_table: dict[int, list[Portion]] = defaultdict(list)
        for portion in portions:
            if portion.plan.target.oid in self._watched:
                of_table[portion.plan.target.oid].append(portion)
        for oid, rows in of_table.items():
            watched = self._watched[oid]
            await watched.keeper.ensure(connection, await watched.keys(connection, rows))

    def should_look_again(self, error: ServerError) -> bool:
        """Whether an error may be of a partition that somebody has taken away; what was known is forgotten then."""
        known = any(watched.keeper.is_known for watched in self._watched.values())
        if error.sqlstate != NO_PARTITION or not known:
            return False
        for watched in self._watched.values():
            watched.keeper.forget()
        return True


def _watched(name: str, plan: WritePlan, declaration: Partitions) -> _Watched:
    target = plan.target
    return _Watched(
        name=name,
        keeper=PartitionKeeper(target.schema, target.name, declaration),
        ordinal=plan.column_names.index(target.partition_columns[0]),
    )
