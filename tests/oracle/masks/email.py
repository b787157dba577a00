"""`email`."""

from oracle.column import Call
from oracle.masks.token import base32, room


def mask(call: Call) -> bytes:
    tail = "@" + call.parameters.get("host", "example.com")
    return (base32(call.prf.word(call.value), room(call, len(tail))) + tail).encode()
