"""`null`."""

from oracle.column import Call


def mask(_: Call) -> None:
    return None
