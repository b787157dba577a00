"""Has the partitions made that a flush's rows need, and those ahead, before the rows are sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Connection
from pgsluice.errors import ServerError, place
from pgsluice.partitions.keeper import PartitionKeeper
from pgsluice.partitions.refusal import PartitionsError
from pgsluice.plan.writing import WritePlan
from pgsluice.writer.portion import Portion

# An INSERT that finds no partition, and a broken CHECK, alike.
NO_PARTITION = "23514"
_DAY_US = 86_400_000_000
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class _Watched:
    """A table whose partitions are made ahead."""

    keeper: PartitionKeeper
    declaration: Partitions
    label: str
    ordinal: int  # of the partition key among the columns
    key_type: str

    def values(self, portions: Sequence[Portion]) -> set[object]:
        """A value of each day, or of each step, that rows fall on."""
        by = self.declaration.by
        step = by if isinstance(by, int) else 1 if self.key_type == "date" else _DAY_US
        found: set[object] = set()
        for portion in portions:
            steps, has_null = portion.rows.steps(self.ordinal, step)
            found |= set(self._keys(steps, step))
            found |= {None} if has_null else set()
        return found

    def _keys(self, steps: Iterable[int], step: int) -> Iterable[object]:
        for number in steps:
            if isinstance(self.declaration.by, int):
                yield number * step
            else:
                yield self._moment(number)

    def _moment(self, days: int) -> object:
        """The day that is so many after the first of 2000, as a key."""
        try:
            day = _FIRST_DAY + timedelta(days=days)
        except OverflowError:
            day = None
        if day is None:
            raise PartitionsError(
                f"{place(self.label)} cannot have a partition for a key outside of the years 1 to 9999"
            )
        if self.key_type == "date":
            return day
        return datetime(day.year, day.month, day.day, tzinfo=UTC if self.key_type == "timestamptz" else None)


class PartitionsAhead:
    """Knows the partitions of a writer's tables; asks the server only where something may be missing."""

    def __init__(self, plans: Mapping[str, WritePlan], declared: Mapping[str, Partitions]) -> None:
        self._watched = {plans[name].target.oid: _watched(plans[name], found) for name, found in declared.items()}

    @property
    def is_watching(self) -> bool:
        """Whether there is such a table at all."""
        return bool(self._watched)

    async def ensure(self, connection: Connection, portions: Sequence[Portion]) -> None:
        """Make what is missing for these rows. Raises PartitionsError where they can have none."""
        of_table: dict[int, list[Portion]] = defaultdict(list)
        for portion in portions:
            if portion.plan.target.oid in self._watched:
                of_table[portion.plan.target.oid].append(portion)
        for oid, rows in of_table.items():
            watched = self._watched[oid]
            await watched.keeper.ensure(connection, watched.values(rows))

    def should_look_again(self, error: ServerError) -> bool:
        """Whether an error may be of a partition that somebody has taken away; what was known is forgotten then."""
        known = any(watched.keeper.is_known for watched in self._watched.values())
        if error.sqlstate != NO_PARTITION or not known:
            return False
        for watched in self._watched.values():
            watched.keeper.forget()
        return True


def _watched(plan: WritePlan, declaration: Partitions) -> _Watched:
    target = plan.target
    key = target.partition_columns[0]
    return _Watched(
        keeper=PartitionKeeper(target.schema, target.name, declaration),
        declaration=declaration,
        label=target.label,
        ordinal=plan.column_names.index(key),
        key_type=target.column_by_name[key].wire.base_name,
    )
