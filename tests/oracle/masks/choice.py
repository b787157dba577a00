"""`choice` and `fixed`, for text, enums and integers."""

from typing import Any

from oracle.column import Call
from oracle.masks.shift_date import per_stream
from oracle.values import INTEGER_BYTES, canonical, integer_bytes


def literal(call: Call, value: Any) -> bytes:
    """The send format of a rule's value."""
    if call.column.name in INTEGER_BYTES:
        return integer_bytes(int(value), call.column.name)
    return str(value).encode()


def mask(call: Call) -> bytes:
    values = call.parameters.get("values") or call.column.labels or []
    weights = [int(weight) for weight in call.parameters.get("weights", [1] * len(values))]
    own = call.prf.child("value").stream(canonical(call.value, call.column.name))
    n = (per_stream(call) or own).below(sum(weights))
    for value, weight in zip(values, weights, strict=True):
        if n < weight:
            return literal(call, value)
        n -= weight
    raise AssertionError


def fixed(call: Call) -> bytes:
    return literal(call, call.parameters["value"])
