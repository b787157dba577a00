"""`hash`."""

from oracle.column import Call


def mask(call: Call) -> bytes:
    limit = call.column.chars_max or 32
    length = call.parameters.get("length", min(32, limit))
    block = call.prf.block(call.value)
    return block[: length // 2] if call.column.name == "bytea" else block.hex()[:length].encode()
