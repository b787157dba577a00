"""`username`."""

from oracle.column import Call
from oracle.masks.token import base32, room
from oracle.masks.words import pick, words_of


def mask(call: Call) -> bytes:
    words = words_of(call, "user_name")
    digits = call.parameters.get("digits") or room(call, min(map(len, words)))
    stream = call.prf.stream(call.value)
    low = stream.u64()
    word = low | stream.u64() << 64
    limit = call.column.chars_max
    return (pick(stream, words, None if limit is None else limit - digits) + base32(word, digits)).encode()
