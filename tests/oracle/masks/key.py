"""`key`."""

from oracle.column import Call
from oracle.permutation import permute
from oracle.values import INTEGER_BYTES, integer, integer_bytes


def mask(call: Call) -> bytes:
    x = integer(call.value)
    half = 1 << (8 * INTEGER_BYTES[call.column.name] - 1)
    below = call.parameters.get("below", 0)
    if x < 0:
        image = -1 - permute(call.prf.child("negative"), half, -1 - x)
    elif below and x == 0:
        image = 0
    elif x < below:
        image = 1 + permute(call.prf.child("small"), below - 1, x - 1)
    else:
        image = below + permute(call.prf.child("large"), half - below, x - below)
    return integer_bytes(image, call.column.name)
