"""`iban`."""

import re

from oracle.column import Call
from oracle.numerals import replace_at, set_of, tweak_of


def _check(compact: str) -> int:
    """The check digits that belong to an IBAN without blanks."""
    moved = compact[4:] + compact[:2] + "00"
    return 98 - int("".join(str(int(character, 36)) for character in moved)) % 97


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "")
    form = re.fullmatch("[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}", compact)
    return form is not None and int(compact[2:4]) == _check(compact)


def mask(call: Call) -> bytes:
    text = call.value.decode()
    if not _is_iban(text):
        free = {at: set_of(text[at]) for at in range(len(text)) if re.match("[A-Za-z0-9]", text[at])}
        while True:
            text = replace_at(call.prf, text, free, 0)
            if not _is_iban(text):
                return text.encode()
    places = [at for at, character in enumerate(text) if character != " "]
    kept = call.parameters.get("keep_first", 0)
    if kept >= len(places) - 4:
        kept = 0
    shown = "".join(text[at] for at in places)
    tweak = tweak_of(call.prf, shown[:2].upper() + shown[4 : 4 + kept])
    free = {at: set_of(text[at]) for at in places[4 + kept :]}
    masked = list(replace_at(call.prf, text, free, tweak))
    check = f"{_check(''.join(masked).replace(' ', '')):02}"
    masked[places[2]], masked[places[3]] = check
    return "".join(masked).encode()
