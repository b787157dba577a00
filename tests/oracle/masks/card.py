"""`card`."""

from oracle.column import Call
from oracle.masks.digits import replace
from oracle.numerals import DIGITS


def luhn_sum(text: str) -> int:
    digits = [int(character) for character in text if character in DIGITS]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10


def mask(call: Call) -> bytes:
    text = call.value.decode()
    places = [at for at, character in enumerate(text) if character in DIGITS]
    if len(places) < 2:
        return replace(call.prf, text, 0, 0).encode()
    check = places[-1]
    first = 6 if call.parameters.get("keep_bin") and len(places) >= 12 else 0
    wanted = 0 if call.parameters.get("repair") else luhn_sum(text)
    body = replace(call.prf, text[:check], first, 0)
    for digit in DIGITS:
        masked = body + digit + text[check + 1 :]
        if luhn_sum(masked) == wanted:
            return masked.encode()
    raise AssertionError
