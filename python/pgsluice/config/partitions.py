"""Owns what a user says about the partitions of a table. Knows no server and no name of a partition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pgsluice.errors import UsageError, in_quotes

Unit = Literal["day", "week", "month", "year"]
UNITS: tuple[str, ...] = get_args(Unit)


@dataclass(frozen=True)
class Partitions:
    """Say how a table is cut into range partitions, how many are made ahead and how many stay.

        Partitions(by="month", ahead=3, keep=12)
        Partitions(by=1_000_000, ahead=2)

    `by` is a unit of time for keys of type date, timestamp or timestamptz, and a step for smallint, integer or bigint.
    A week begins on Monday, steps are counted from 0. Bounds of timestamptz are midnights of UTC, or of `zone`, such as
    "Europe/Berlin": for tables that have partitions of that kind.
    `ahead` is how many partitions there are after the current one: that of the server's clock, or of the highest key;
    less than `made_max`.
    `keep` is how many stay before the current one, or how far back from now as a timedelta; `keep_distance` is how far
    back from the highest key, for numbers. Without either nothing is detached.
    `made_max` bounds what one call may make: a key of the year 9999 is more often a mistake than a plan.

    Raises UsageError where these do not fit each other.
    """

    by: Unit | int
    ahead: int = 3
    keep: int | timedelta | None = None
    keep_distance: int | None = None
    made_max: int = 1000
    zone: str | None = None

    def __post_init__(self) -> None:
        self._check_by()
        self._check_zone()
        _check_count("ahead", self.ahead, least=0)
        _check_count("made_max", self.made_max, least=1)
        # The current one is made with them.
        if self.ahead >= self.made_max:
            raise UsageError(
                "cannot make so many ahead: expected ahead to be less than made_max",
                hint="Raise made_max (--made-max) with it.",
            )
        self._check_keep()

    @property
    def is_by_time(self) -> bool:
        """Whether keys are moments or days, and not numbers."""
        return isinstance(self.by, str)

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is ever detached."""
        return self.keep is None and self.keep_distance is None

    def _check_by(self) -> None:
        if isinstance(self.by, str):
            if self.by not in UNITS:
                raise UsageError(
                    'cannot partition by this unit of time: expected "day", "week", "month" or "year", or a number',
                    hint='Give for example by="month", or by=1000000 for keys that are numbers.',
                )
        else:
            _check_count("by", self.by, least=1)

    def _check_zone(self) -> None:
        if self.zone is None:
            return
        if not self.is_by_time:
            raise UsageError("cannot cut numbers by a time zone: zone goes with a unit of time")
        try:
            ZoneInfo(self.zone)
        except (OSError, ValueError, KeyError):  # A directory, no name of a file, or none that is there.
            raise UsageError(
                f"cannot find time zone {in_quotes(self.zone)}", hint='Give a name like "Europe/Berlin".'
            ) from None

    def _check_keep(self) -> None:
        if self.keep is not None and self.keep_distance is not None:
            raise UsageError("cannot keep by two measures: expected keep or keep_distance, found both")
        if isinstance(self.keep, timedelta):
            if not self.is_by_time:
                raise UsageError("cannot keep numbers by a time: expected a count, or keep_distance")
            if self.keep < timedelta(0):
                raise UsageError("cannot keep less than nothing: keep is negative")
        elif self.keep is not None:
            _check_count("keep", self.keep, least=0)
        if self.keep_distance is not None:
            if self.is_by_time:
                raise UsageError("cannot keep times by keep_distance: expected keep, a count or a timedelta")
            _check_count("keep_distance", self.keep_distance, least=0)


def _check_count(name: str, count: object, *, least: int) -> None:
    # A bool is an int to Python, and a mistake here.
    if not isinstance(count, int) or isinstance(count, bool) or count < least:
        raise UsageError(f"cannot use {name}: expected a whole number of at least {least}")
