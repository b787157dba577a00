"""`digits`, also of the parts of a value that `phone` and `card` replace like it."""

from oracle.column import Call
from oracle.keys import Prf
from oracle.numerals import DIGITS, Set, replace_at, tweak_of


def replace(
    prf: Prf, text: str, first: int, last: int, *, prefix: str = "", letters: dict[int, Set] | None = None
) -> str:
    """Replace the digits between the kept ones, and `letters` with them."""
    places = [at for at, character in enumerate(text) if character in DIGITS]
    n = len(places)
    if first + last >= n:
        first = last = 0
    digits = "".join(text[at] for at in places)
    zeros = n - len(digits.lstrip("0"))
    free: dict[int, Set] = dict(letters or {})
    for ordinal in range(max(zeros, first), n - last):
        free[places[ordinal]] = DIGITS[1:] if ordinal == zeros else DIGITS
    tweak = tweak_of(prf, prefix + digits[:first] + digits[n - last :])
    return replace_at(prf, text, free, tweak)


def mask(call: Call) -> bytes:
    first, last = call.parameters.get("keep_first", 0), call.parameters.get("keep_last", 0)
    return replace(call.prf, call.value.decode(), first, last).encode()
