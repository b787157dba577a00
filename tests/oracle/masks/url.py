"""`url`."""

from oracle.column import Call
from oracle.masks.token import base32, room


def mask(call: Call) -> bytes:
    head = f"https://{call.parameters.get('host', 'example.com')}/"
    return (head + base32(call.prf.word(call.value), room(call, len(head)))).encode()
