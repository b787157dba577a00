"""`token`, and the base-32 digits of other masks."""

from oracle.column import Call

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def base32(word: int, digits: int) -> str:
    """The lowest `digits` digits, lowest first."""
    return "".join(_ALPHABET[(word >> (5 * at)) & 31] for at in range(digits))


def room(call: Call, others: int) -> int:
    """26 digits or as many as the column's limit leaves room for beside `others`, at least 8."""
    limit = call.column.chars_max
    return 26 if limit is None else max(8, min(26, limit - others))


def mask(call: Call) -> bytes:
    prefix = call.parameters.get("prefix", "")
    return (prefix + base32(call.prf.word(call.value), room(call, len(prefix)))).encode()
