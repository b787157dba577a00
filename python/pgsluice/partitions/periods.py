"""Owns the arithmetic of bounds: which range a key falls into, and how its bounds and its name are written. No I/O.

A place on the axis of a key is an int: a number's own value, a moment's microseconds since 1970 in UTC.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from pgsluice.config.partitions import Partitions, Unit
from pgsluice.errors import UsageError

KeyType = Literal["date", "timestamp", "timestamptz", "int2", "int4", "int8"]
_BITS = {"int2": 16, "int4": 32, "int8": 64}
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US
# Zones have been whole quarters of an hour away from UTC since 1972.
_ZONE_GRAIN_US = 900 * _SECOND_US
_EPOCH = date(1970, 1, 1).toordinal()
# Where days and microseconds are counted from in what is sent: 2000-01-01.
_SENT_EPOCH_US = (date(2000, 1, 1).toordinal() - _EPOCH) * _DAY_US
_LAST = date.max.toordinal()
_FIRST_US = (1 - _EPOCH) * _DAY_US
NAME_BYTES_MAX = 63


@dataclass(frozen=True, order=True)
class Period:
    """The range of one partition: from `lower` on, up to `upper` and without it; `suffix` ends its name."""

    lower: int
    upper: int
    suffix: str

    def has(self, place: int) -> bool:
        """Whether a key at this place falls into it."""
        return self.lower <= place < self.upper


@dataclass(frozen=True)
class At:
    """A key that is known by its place alone: it may be infinite, or of a year that Python does not have."""

    place: int


class Axis:
    """The periods of a declaration on a key's type: one before and after another, without gaps."""

    def __init__(self, declaration: Partitions, key_type: KeyType) -> None:
        self.declaration = declaration
        self.key_type = key_type
        self._zone = ZoneInfo(declaration.zone) if declaration.zone else None

    def period(self, place: int) -> Period | None:
        """Give the range that a place falls into; None outside of the years 1 to 9999 or of the type."""
        by = self.declaration.by
        if not isinstance(by, str):
            lowest, highest = _limits(self.key_type)
            return _step(by, place // by) if lowest <= place <= highest else None
        day = place // _DAY_US + _EPOCH
        if self._zone is not None:  # The last of its midnights, which may be a day off those of UTC.
            day = next((near for near in (day + 1, day) if self._midnight(near) <= place), day - 1)
        if not 1 <= day <= _LAST:
            return None
        first, end, name = _span(by, day)
        period = Period(self._midnight(first), self._midnight(end), f"p{name}")
        return period if period.lower >= _FIRST_US else None

    def _midnight(self, ordinal: int) -> int:
        """Give the place at which a day begins; where clocks skip its midnight, at the first moment after that."""
        midnight = (ordinal - _EPOCH) * _DAY_US
        if self._zone is None:
            return midnight
        day = date.fromordinal(min(max(ordinal, 1), _LAST))
        offset = datetime.combine(day, time.min, self._zone).utcoffset() or timedelta()
        return midnight - (offset.days * _DAY_US + offset.seconds * _SECOND_US)

    def after(self, period: Period) -> Iterator[Period]:
        """Give the ranges that follow, to the end of the axis."""
        following = self.period(period.upper)
        while following is not None:
            yield following
            following = self.period(following.upper)

    def ahead(self, period: Period) -> list[Period]:
        """Give a range and those that the declaration wants ahead of it."""
        return [period, *islice(self.after(period), self.declaration.ahead)]

    def back(self, period: Period, count: int) -> int | None:
        """Give where the range so many before this one begins; None where the axis begins later."""
        by = self.declaration.by
        if not isinstance(by, str):
            lower = period.lower - by * count
            return lower if self.period(lower + by - 1) else None
        for _ in range(count):
            earlier = self.period(period.lower - 1)
            if earlier is None:
                return None
            period = earlier
        return period.lower

    def grain(self, bounds: Iterable[int]) -> int:
        """Give a length such that these bounds and those of the axis are multiples of it."""
        by = self.declaration.by
        step = by if not isinstance(by, str) else _DAY_US if self._zone is None else _ZONE_GRAIN_US
        return math.gcd(step, *bounds)

    @property
    def sent_unit(self) -> int:
        """What one more is on the axis for a key in its type's send format: a day, a microsecond, a number."""
        return _DAY_US if self.key_type == "date" else 1

    def sent(self, number: int) -> At:
        """Give the key at a number of the send format, or at the end of the axis that lies nearer."""
        if self.key_type in _BITS:
            lowest, highest = _limits(self.key_type)
            return At(min(max(number, lowest), highest))
        return At(number * self.sent_unit + _SENT_EPOCH_US)

    def place(self, value: object) -> int:
        """Give the place of a key as Python has it: an int, a date or a datetime.

        Raises UsageError where the type is another one, without its value.
        """
        if isinstance(value, At):
            return value.place
        if self.key_type in _BITS:
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        elif isinstance(value, datetime):
            return self._moment(value)
        elif isinstance(value, date) and self.key_type == "date":
            return (value.toordinal() - _EPOCH) * _DAY_US
        raise UsageError(
            f"cannot place a key in a partition: expected {_python_type(self.key_type)}, found {type(value).__name__}"
        )

    def end(self, value: object) -> int:
        """Give the place of an end of a range: a number, a day, or a moment; of the zone, unless it says else."""
        if not self.declaration.is_by_time:
            return self.place(value)
        if isinstance(value, datetime):
            return _microseconds(value if value.tzinfo else value.replace(tzinfo=self._zone or UTC))
        if isinstance(value, date):
            return self._midnight(value.toordinal())
        return self.place(value)

    def _moment(self, value: datetime) -> int:
        is_aware = value.utcoffset() is not None
        if is_aware != (self.key_type == "timestamptz"):
            expected, found = ("a time zone", "none") if not is_aware else ("no time zone", "one")
            raise UsageError(
                f"cannot place a key of type {self.key_type} in a partition: expected {expected}, found {found}"
            )
        return _microseconds(value if is_aware else value.replace(tzinfo=UTC))

    def bounds(self, period: Period) -> tuple[str, str]:
        """Give both bounds as SQL."""
        return self.bound(period.lower), self.bound(period.upper)

    def bound(self, place: int) -> str:
        """Give a place as the literal of a bound; beyond the type it is MINVALUE or MAXVALUE."""
        if self.key_type in _BITS:
            lowest, highest = _limits(self.key_type)
            return "MINVALUE" if place < lowest else "MAXVALUE" if place > highest else f"'{place}'"
        day, rest = divmod(place, _DAY_US)
        ordinal = day + _EPOCH
        # Bounds behind the last day that Python knows: a year or a week ends there.
        text = f"10000-01-{ordinal - _LAST:02}" if ordinal > _LAST else date.fromordinal(ordinal).isoformat()
        if self.key_type == "date":
            return f"'{text}'"
        seconds = rest // _SECOND_US
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"'{text} {clock}{'+00' if self.key_type == 'timestamptz' else ''}'"


def partition_name(table: str, suffix: str) -> str:
    """Name the partition of a table: `events_p202611`, cut to the server's 63 bytes.

    A cut name holds eight digits of the whole name's hash, so that two long names stay two.
    """
    ending = f"_{suffix}"
    name = table + ending
    if len(name.encode()) <= NAME_BYTES_MAX:
        return name
    ending = f"_{hashlib.sha256(table.encode()).hexdigest()[:8]}{ending}"
    # What is cut in the middle of a character loses all of it.
    return table.encode()[: NAME_BYTES_MAX - len(ending)].decode(errors="ignore") + ending


def _microseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * _DAY_US + since.seconds * 1_000_000 + since.microseconds


def _limits(key_type: str) -> tuple[int, int]:
    half = 1 << (_BITS[key_type] - 1)
    return -half, half - 1


def _step(step: int, number: int) -> Period:
    lower = number * step
    return Period(lower, lower + step, f"p{lower}" if lower >= 0 else f"pm{-lower}")


def _span(unit: Unit, ordinal: int) -> tuple[int, int, str]:
    """Give the first day, the day after the last, and the name of what a day belongs to."""
    day = date.fromordinal(ordinal)
    if unit == "day":
        first, end, name = ordinal, ordinal + 1, f"{day.year:04}{day.month:02}{day.day:02}"
    elif unit == "week":
        first = ordinal - day.weekday()
        iso = date.fromordinal(first).isocalendar()
        end, name = first + 7, f"{iso.year:04}w{iso.week:02}"
    elif unit == "month":
        first, end, name = day.replace(day=1).toordinal(), _month_end(day), f"{day.year:04}{day.month:02}"
    else:
        first, end, name = date(day.year, 1, 1).toordinal(), date(day.year, 12, 31).toordinal() + 1, f"{day.year:04}"
    return first, end, name


def _month_end(day: date) -> int:
    if day.month == 12:
        return date(day.year, 12, 31).toordinal() + 1
    return date(day.year, day.month + 1, 1).toordinal()


def _python_type(key_type: str) -> str:
    return "int" if key_type in _BITS else "date or datetime" if key_type == "date" else "datetime"
