"""`mac`, for macaddr and macaddr8."""

from oracle.column import Call
from oracle.permutation import permute


def mask(call: Call) -> bytes:
    w = 8 * len(call.value)
    number = int.from_bytes(call.value, "big")
    prf = call.prf.child("6" if w == 48 else "8")
    if call.parameters.get("keep_vendor"):
        vendor, rest = divmod(number, 1 << (w - 24))
        image = vendor << (w - 24) | permute(prf, 1 << (w - 24), rest, vendor)
    else:
        low = w - 8
        free = number >> (low + 2) << low | number & ((1 << low) - 1)
        image = permute(prf, 1 << (w - 2), free)
        image = (image >> low << 2 | 0b10) << low | image & ((1 << low) - 1)
    return image.to_bytes(w // 8, "big")
