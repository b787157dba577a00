"""Owns what is known of a partitioned table: its key, and its partitions as ranges on the key's axis. No I/O."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pgsluice.errors import in_quotes
from pgsluice.partitions.periods import KeyType, Period
from pgsluice.partitions.refusal import of_table


@dataclass(frozen=True)
class Partition:
    """A partition that is there; a bound of None is open. `kind` is pg_class.relkind."""

    schema: str
    name: str
    kind: str
    lower: int | None
    upper: int | None
    is_detaching: bool = False

    @property
    def label(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"

    def has(self, place: int) -> bool:
        """Whether a key at this place falls into it."""
        return (self.lower is None or self.lower <= place) and (self.upper is None or place < self.upper)

    def meets(self, period: Period) -> bool:
        """Whether some key falls into both."""
        return (self.lower is None or self.lower < period.upper) and (self.upper is None or period.lower < self.upper)


@dataclass(frozen=True)
class PartmanConfig:
    """What pg_partman has written down of a table; `schema` is that of the extension."""

    schema: str
    interval: str


@dataclass(frozen=True)
class Partitioned:
    """A table with RANGE partitions of one column; `partitions` are in order and without the default one.

    `now` is the server's clock when this was read, as a place on the axis of time, `replica_identity` is
    pg_class.relreplident.
    """

    oid: int
    schema: str
    name: str
    key: str
    key_type: KeyType
    owner: str
    is_owner: bool
    is_unlogged: bool
    replica_identity: str
    tablespace: str | None
    access_method: str | None
    now: int
    referenced_by: tuple[str, ...]
    partman: PartmanConfig | None
    partitions: tuple[Partition, ...] = field(repr=False)
    default: Partition | None

    @property
    def label(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"

    def __str__(self) -> str:
        return of_table(self.schema, self.name)

    @property
    def is_cut_twice(self) -> bool:
        """Whether its partitions are partitioned themselves, all of them."""
        return bool(self.partitions) and all(partition.kind == "p" for partition in self.partitions)

    @property
    def bounds(self) -> set[int]:
        """Where partitions begin and end."""
        ends = {end for partition in self.partitions for end in (partition.lower, partition.upper)}
        return {end for end in ends if end is not None}

    def covering(self, place: int) -> Partition | None:
        """Give the partition that a key falls into, which is never the default one."""
        found = self._last_from(place)
        return found if found and found.has(place) else None

    def meeting(self, period: Period) -> Sequence[Partition]:
        """Give the partitions that share keys with a range."""
        number = max(bisect_right(self._lowers, period.lower) - 1, 0)
        found = []
        for partition in self.partitions[number:]:
            if partition.lower is not None and partition.lower >= period.upper:
                break
            if partition.meets(period):
                found.append(partition)
        return found

    def is_covered(self, period: Period) -> bool:
        """Whether every key of a range falls into some partition that takes rows, whatever their bounds."""
        reached = period.lower
        for partition in self.meeting(period):
            if partition.is_detaching:
                return False
            if partition.lower is not None and partition.lower > reached:
                return False
            if partition.upper is None:
                return True
            reached = partition.upper
        return reached >= period.upper

    def named(self, name: str) -> Partition | None:
        """Give the partition of this name, if it is one of the table's own schema."""
        return next((found for found in self.partitions if (found.schema, found.name) == (self.schema, name)), None)

    @cached_property
    def _lowers(self) -> list[float]:
        return [float("-inf") if found.lower is None else found.lower for found in self.partitions]

    def _last_from(self, place: int) -> Partition | None:
        number = bisect_right(self._lowers, place)
        return self.partitions[number - 1] if number else None


def of_partition(partition: Partition) -> str:
    """Give `partition "a.b"` as messages have it."""
    return f"partition {in_quotes(partition.label)}"
