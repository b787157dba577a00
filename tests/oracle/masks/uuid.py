"""`uuid`."""

from oracle.column import Call
from oracle.permutation import permute

_FREE = [*range(62), *range(64, 76), *range(80, 128)]


def mask(call: Call) -> bytes:
    number = int.from_bytes(call.value, "big")
    image = permute(call.prf, 1 << 122, sum((number >> bit & 1) << at for at, bit in enumerate(_FREE)))
    for at, bit in enumerate(_FREE):
        number = number & ~(1 << bit) | (image >> at & 1) << bit
    return number.to_bytes(16, "big")
