"""`truncate-date`."""

from oracle.column import Call
from oracle.masks.shift_date import DAY, FIRST_DAY, day_of, is_infinite
from oracle.values import integer


def _month_of(day: int) -> tuple[int, int]:
    year = 2000 + day // 366
    while day_of(year + 1, 1, 1) <= day:
        year += max(1, (day - day_of(year, 1, 1)) // 366)
    while day_of(year, 1, 1) > day:
        year -= 1
    month = max(month for month in range(1, 13) if day_of(year, month, 1) <= day)
    return year, month


def mask(call: Call) -> bytes:
    if is_infinite(call):
        return call.value
    unit = 1 if call.column.name == "date" else DAY
    value = integer(call.value)
    day = value // unit
    to = call.parameters.get("to", "month")
    if to in ("hour", "minute"):
        width = 3_600_000_000 if to == "hour" else 60_000_000
        cut = value // width * width
    elif to == "week":
        # 2000-01-03 was a Monday.
        cut = ((day - 2) // 7 * 7 + 2) * unit
    elif to == "day":
        cut = day * unit
    else:
        year, month = _month_of(day)
        first = {"year": 1, "quarter": (month - 1) // 3 * 3 + 1, "month": month}[to]
        cut = day_of(year, first, 1) * unit
    return max(cut, FIRST_DAY * unit).to_bytes(len(call.value), "big", signed=True)
