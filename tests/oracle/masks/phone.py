"""`phone`."""

import re

from oracle.column import Call
from oracle.masks.digits import replace
from oracle.numerals import DIGITS, Set, set_of

_TWO = {
    *(20, 27, *range(30, 35), 36, *range(39, 42), *range(43, 50), *range(51, 59), *range(60, 67)),
    *(81, 82, 84, 86, *range(90, 96), 98),
}


def _calling_code(text: str) -> tuple[str, int]:
    """The digits of the calling code and where it ends."""
    start = len(text) - len(text.lstrip(" ("))
    places = [at for at, character in enumerate(text) if character in DIGITS and at > start][:3]
    if text[start : start + 1] != "+" or not places or re.search("[A-Za-z]", text[start : places[-1]]):
        return "", 0
    digits = "".join(text[at] for at in places)
    if digits[0] == "0":
        return "", 0
    length = 2 if digits[:2].isdecimal() and int(digits[:2]) in _TWO else 3
    length = min(1 if digits[0] in "17" else length, len(digits))
    return digits[:length], places[length - 1] + 1


def _free_letters(text: str) -> dict[int, Set]:
    words = ("x", "ext", "extn", "extension")
    runs = (run for run in re.finditer("[A-Za-z]+", text) if run.group().lower() not in words)
    return {at: set_of(text[at]) for run in runs for at in range(*run.span())}


def mask(call: Call) -> bytes:
    text = call.value.decode()
    code, end = _calling_code(text)
    head, rest = text[:end], text[end:]
    first, last = call.parameters.get("keep_first", 0), call.parameters.get("keep_last", 0)
    free = _free_letters(rest)
    while True:
        rest = replace(call.prf, rest, first, last, prefix=code, letters=free)
        if _free_letters(rest).keys() == free.keys():
            return (head + rest).encode()
