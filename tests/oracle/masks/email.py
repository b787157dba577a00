"""`email`."""

from oracle.column import Call


def mask(call: Call) -> bytes:
    tail = "@" + call.parameters.get("host", "example.com")
    digits = 26
    if call.column.chars_max is not None:
        digits = max(8, min(26, call.column.chars_max - len(tail)))
    word = call.prf.word(call.value)
    letters = ["abcdefghijklmnopqrstuvwxyz234567"[(word >> (5 * at)) & 31] for at in range(digits)]
    return ("".join(letters) + tail).encode()
