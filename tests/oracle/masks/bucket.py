"""`bucket`, and limits of numbers."""

import math
import struct
import sys
from fractions import Fraction

from oracle.column import Call, ColumnType
from oracle.values import FLOATS, INTEGER_BYTES, Numeric, integer, integer_bytes

_GREATEST_FLOAT4 = struct.unpack(">f", bytes.fromhex("7f7fffff"))[0]
GREATEST_FLOAT = {"float4": _GREATEST_FLOAT4, "float8": sys.float_info.max}


def numeric_limit(column: ColumnType) -> Fraction:
    """Numerics of the column are below it, and above minus it."""
    if column.numeric_precision is None:
        return Fraction(10) ** 131_072
    return Fraction(10) ** (column.numeric_precision - (column.numeric_scale or 0))


def numeric_unit(column: ColumnType) -> Fraction:
    return Fraction(10) ** -(column.numeric_scale or 0)


def rounded(number: float, name: str) -> float:
    """The number in the type's own width."""
    if name == "float8" or not math.isfinite(number):
        return number
    try:
        return float(struct.unpack(">f", struct.pack(">f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def exact(width: float) -> Fraction:
    """A float as a multiple of 10^-8."""
    return Fraction(round(width * 10**8), 10**8)


def mask(call: Call) -> bytes:
    name = call.column.name
    width = float(call.parameters["width"])
    if name in FLOATS:
        (x,) = struct.unpack(FLOATS[name], call.value)
        if not math.isfinite(x):
            return call.value
        quotient = x / width
        cut = rounded((math.floor(quotient) if math.isfinite(quotient) else quotient) * width + 0.0, name)
        if math.isinf(cut):
            cut = math.copysign(GREATEST_FLOAT[name], cut)
        return struct.pack(FLOATS[name], cut)
    step = exact(width)
    if name in INTEGER_BYTES:
        least = -(1 << (8 * INTEGER_BYTES[name] - 1))
        return integer_bytes(max(int(integer(call.value) // step * step), least), name)
    numeric = Numeric.read(call.value)
    if numeric.special:
        return call.value
    if call.column.numeric_precision is None:
        least_numeric = 1 - numeric_limit(call.column)
    else:
        least_numeric = numeric_unit(call.column) - numeric_limit(call.column)
    cut_numeric = max(numeric.number // step * step, least_numeric)
    scale = next(scale for scale in range(9) if step * 10**scale % 1 == 0)
    return Numeric(cut_numeric, max(numeric.dscale, scale)).send()
