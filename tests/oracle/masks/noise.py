"""`noise`."""

import math
import struct
from fractions import Fraction

from oracle.column import Call
from oracle.masks.bucket import exact, numeric_limit, numeric_unit, rounded
from oracle.values import FLOATS, INTEGER_BYTES, Numeric, canonical, integer, integer_bytes


def _next_float(x: float, sign: int, name: str) -> float:
    if name == "float8":
        return math.nextafter(x, sign * math.inf)
    bits = struct.unpack(">i", struct.pack(">f", x))[0]
    order = bits if bits >= 0 else -(bits & 0x7FFFFFFF)
    order += sign
    bits = order if order >= 0 else -order | 0x80000000
    return float(struct.unpack(">f", struct.pack(">I", bits))[0])


def _float(call: Call, f: int, sign: int) -> bytes:
    name = call.column.name
    (x,) = struct.unpack(FLOATS[name], call.value)
    absolute = call.parameters.get("absolute")
    if not math.isfinite(x) or (x == 0 and absolute is None):
        return call.value
    d = (abs(x) if absolute is None else float(absolute)) * (f / 1e12)
    y = rounded(x + sign * d, name)
    if not math.isfinite(y):
        y = rounded(x - sign * d, name)
    if y == x:
        y = _next_float(x, sign, name)
        if not math.isfinite(y):
            y = _next_float(x, -sign, name)
    return struct.pack(FLOATS[name], y)


def mask(call: Call) -> bytes:
    name = call.column.name
    stream = call.prf.stream(canonical(call.value, name))
    absolute = call.parameters.get("absolute")
    m = 10**12 if absolute is not None else round(call.parameters.get("ratio", 0.1) * 1e12)
    f = 1 + stream.below(m)
    sign = -1 if stream.u64() & 1 else 1
    if name in FLOATS:
        return _float(call, f, sign)
    numeric = None if name in INTEGER_BYTES else Numeric.read(call.value)
    if numeric and numeric.special:
        return call.value
    x = numeric.number if numeric else Fraction(integer(call.value))
    if x == 0 and absolute is None:
        return call.value
    b = abs(x) if absolute is None else exact(float(absolute))
    if numeric is None:
        limit = 1 << (8 * INTEGER_BYTES[name] - 1)
        d = min(Fraction(math.ceil(b * f / 10**12)), Fraction(limit - 1))
        y = x + sign * d
        if not -limit <= y < limit:
            y = x - sign * d
        return integer_bytes(int(y), name)
    unit = Fraction(1, 10**numeric.dscale)
    if (call.column.numeric_scale or 0) < 0:
        unit = numeric_unit(call.column)
    d = math.ceil(b * f / 10**12 / unit) * unit
    bound = numeric_limit(call.column)
    if call.column.numeric_precision is not None:
        d = min(d, bound - numeric_unit(call.column))
    y = x + sign * d
    if abs(y) >= bound:
        y = x - sign * d
    return Numeric(y, numeric.dscale).send()
