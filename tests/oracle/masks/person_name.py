"""`person-name`."""

from oracle.column import Call
from oracle.masks.words import pick, words_of


def mask(call: Call) -> bytes:
    limit = call.column.chars_max
    stream = call.prf.stream(call.value)
    part = call.parameters.get("part", "full")
    if part != "full":
        return pick(stream, words_of(call, f"{part}_name"), limit).encode()
    lasts = words_of(call, "last_name")
    first_room = None if limit is None else limit - 1 - min(map(len, lasts))
    first = pick(stream, words_of(call, "first_name"), first_room)
    last = pick(stream, lasts, None if limit is None else limit - 1 - len(first))
    return f"{first} {last}".encode()
