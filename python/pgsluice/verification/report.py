"""What a verification found: names and numbers, never a value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from pgsluice.errors import DifferentError

# What became of a table. "source changed" is one that differs where the source changed since the copy and nowhere
# else, "not done" one whose copy failed or is under way, "missing" one that the target has not, "left out" one that
# was not to be compared.
TableState = Literal["ok", "different", "source changed", "structure only", "not done", "missing", "left out"]
ColumnState = Literal["equal", "different", "missing", "not compared"]


@dataclass(frozen=True)
class ColumnReport:
    """What was found of one column. Counts are of values, NULL is none."""

    name: str
    mask: str
    state: ColumnState
    # Why it is not compared.
    reason: str | None = None
    # For masked columns: values of the source, and those that are the same after masking.
    originals: int = 0
    unchanged: int = 0
    nulls_expected: int = 0
    nulls_found: int = 0
    # Rows in which it differs; None where that was not counted.
    rows_changed: int | None = None


@dataclass(frozen=True)
class OriginalsReport:
    """Originals of masked columns that were found in one column of the target."""

    column: str
    mask: str
    # Values that are an original, and words, numbers, elements and strings within values.
    whole: int
    inside: int
    # What the mask itself gives of these; None where that cannot be told.
    whole_expected: int | None
    inside_expected: int | None
    # Whether the mask gives an original by chance less than once in 2^64 values.
    is_strong: bool

    @property
    def unexpected(self) -> int:
        """How many of them no mask explains."""
        if self.whole_expected is None or self.inside_expected is None:
            return 0
        more = max(0, self.whole - self.whole_expected) + max(0, self.inside - self.inside_expected)
        return max(more, self.whole) if self.is_strong else more


@dataclass(frozen=True)
class SinceReport:
    """What changed on the source since a table was copied, by the digests that the copy left of each batch."""

    # Ranges of the source's key that were copied, and those whose rows are others now.
    ranges: int
    ranges_changed: int
    # Rows missing or changed on the target that lie in ranges that are as they were.
    rows_elsewhere: int
    rows_copied: int


@dataclass(frozen=True)
class TableReport:
    """What was found of one table."""

    label: str
    state: TableState
    # Why it is left out or not done.
    reason: str | None = None
    rows_source: int = 0
    rows_target: int = 0
    columns: tuple[ColumnReport, ...] = ()
    originals: tuple[OriginalsReport, ...] = ()
    # Rows of the source that the target lacks, the other way round, and those that both have and that differ.
    # Without a key a row that differs is missing and extra.
    rows_missing: int = 0
    rows_extra: int = 0
    rows_changed: int = 0
    # Whether these were counted in a part of the rows and extrapolated.
    is_estimate: bool = False
    has_key: bool = True
    # None where it cannot be told: nothing differs, the copy left no digests, or the table has no key.
    since: SinceReport | None = None

    @property
    def is_different(self) -> bool:
        """Whether it is not what it should be."""
        return self.state in {"different", "not done", "missing"}

    @property
    def may_be_the_source(self) -> bool:
        """Whether all that differs may come from changes on the source since the copy."""
        since = self.since
        return (
            since is not None
            and since.ranges_changed > 0
            and since.rows_elsewhere == 0
            and since.rows_copied == self.rows_target
            and not any(item.unexpected for item in self.originals)
            and not any(column.state == "missing" for column in self.columns)
        )

    @property
    def kept(self) -> int:
        """Columns that are compared as they are."""
        return sum(column.mask == "keep" and column.state != "not compared" for column in self.columns)

    @property
    def masked(self) -> int:
        """Columns that are compared with what their mask gives."""
        return sum(column.mask != "keep" and column.state != "not compared" for column in self.columns)


@dataclass(frozen=True)
class UniqueReport:
    """A unique key of the source, on the target."""

    table: str
    columns: tuple[str, ...]
    is_primary: bool
    # Whether an index of the target holds it.
    is_enforced: bool
    # Keys that more than one row has.
    duplicates: int


@dataclass(frozen=True)
class ForeignKeyReport:
    """A foreign key of the source, on the target."""

    table: str
    name: str
    referenced: str
    # Rows that refer to none; None where it was not counted.
    dangling: int | None
    # The same on the source, where a key may be NOT VALID.
    dangling_source: int = 0
    # Why it was not counted.
    reason: str | None = None

    @property
    def is_different(self) -> bool:
        """Whether the target has dangling rows that the source has not."""
        return self.dangling is not None and self.dangling > self.dangling_source


@dataclass(frozen=True)
class SequenceReport:
    """A sequence of the source, on the target."""

    name: str
    state: Literal["ok", "behind", "missing", "not readable"]
    # What it belongs to, and what it is behind: the next number is in its column already, or the source's is further.
    column: str | None = None
    behind: Literal["its column", "the source's"] | None = None

    @property
    def is_different(self) -> bool:
        """Whether it stands where it must not."""
        return self.state in {"behind", "missing"}


@dataclass(frozen=True)
class ObjectReport:
    """An index, constraint, trigger, view or policy of the source that the target has not."""

    kind: str
    name: str
    table: str | None


@dataclass(frozen=True)
class VerifyReport:
    """What a verification found."""

    tables: tuple[TableReport, ...]
    unique_keys: tuple[UniqueReport, ...]
    foreign_keys: tuple[ForeignKeyReport, ...]
    sequences: tuple[SequenceReport, ...]
    # None where they were not looked for.
    objects: int | None
    objects_missing: tuple[ObjectReport, ...]
    # Of the run that the target remembers, where the role may read it.
    run_id: uuid.UUID | None
    notes: tuple[str, ...]
    # Spellings of originals that were looked for.
    originals_sought: int

    @property
    def differences(self) -> tuple[str, ...]:
        """Kinds of differences with their numbers: "2 tables", "1 index"; empty where all is equal."""
        counts = (
            (sum(table.is_different for table in self.tables), "table"),
            (sum(key.duplicates > 0 for key in self.unique_keys), "unique key"),
            (sum(key.is_different for key in self.foreign_keys), "foreign key"),
            (sum(sequence.is_different for sequence in self.sequences), "sequence"),
            (len(self.objects_missing), "missing object"),
        )
        return tuple(f"{count:,} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def raise_if_different(report: VerifyReport) -> None:
    """Raise DifferentError with the numbers of a report that found differences."""
    found = report.differences
    if found:
        raise DifferentError(
            f"source and target differ: {', '.join(found)}",
            hint="Rows that changed on the source since the copy count too, unless --allow-source-changes is given.",
        )
