"""`shift-date`, and what dates are."""

from oracle.column import Call
from oracle.keys import Stream
from oracle.values import canonical, integer

DAY = 86_400_000_000


def day_of(year: int, month: int, day: int) -> int:
    """Days from 2000-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    before = year - 1
    days = 365 * before + before // 4 - before // 100 + before // 400
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return days + sum(lengths[: month - 1]) + day - 1 - 730_119


FIRST_DAY = day_of(-4713, 11, 24)
LAST_DAY = {
    "date": day_of(5_874_897, 12, 31),
    "timestamp": day_of(294_276, 12, 31),
    "timestamptz": day_of(294_276, 12, 31),
}


def is_infinite(call: Call) -> bool:
    most = (1 << (8 * len(call.value) - 1)) - 1
    return integer(call.value) in (most, -most - 1)


def per_stream(call: Call) -> Stream | None:
    """The stream of the row's `per` field; rows of the oracle hold it as (type name, bytes)."""
    name = call.parameters.get("per")
    field = call.row.get(name) if name else None
    if field is None:
        return None
    return call.prf.child("per").stream(canonical(field, "int4"))


def mask(call: Call) -> bytes:
    if is_infinite(call):
        return call.value
    unit = 1 if call.column.name == "date" else DAY
    value = integer(call.value)
    day = value // unit
    stream = per_stream(call) or call.prf.child("day").stream(day.to_bytes(8, "big", signed=True))
    days = call.parameters.get("days", 30)
    n = stream.below(2 * days)
    shift = n - days if n < days else n - days + 1
    if not FIRST_DAY <= day + shift <= LAST_DAY[call.column.name]:
        shift = -shift
    return (value + shift * unit).to_bytes(len(call.value), "big", signed=True)
