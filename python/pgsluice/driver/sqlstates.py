"""Owns what is done about each SQLSTATE: one table, asked by every retry."""

from __future__ import annotations

from enum import Enum

# What the driver reports when the connection broke without a message from the server.
CONNECTION_LOST = "08006"


class Reaction(Enum):
    """What to do after a statement ended with an error."""

    RETRY = "retry"  # the same transaction again, whole
    RECONNECT = "reconnect"  # a new connection, then the same transaction
    PAUSE = "pause"  # the server is out of something: not again before somebody looked
    PERMANENT = "permanent"  # the same statement will fail again


# Whole codes first, then classes (the first two characters); what is in neither is permanent.
_CODES = {
    "40001": Reaction.RETRY,  # serialization_failure; also a replica's recovery conflict
    "40P01": Reaction.RETRY,  # deadlock_detected
    "55P03": Reaction.RETRY,  # lock_not_available
    "57P01": Reaction.RECONNECT,  # admin_shutdown
    "57P02": Reaction.RECONNECT,  # crash_shutdown
    "57P03": Reaction.RECONNECT,  # cannot_connect_now
    "57P05": Reaction.RECONNECT,  # idle_session_timeout
    "25P03": Reaction.RECONNECT,  # idle_in_transaction_session_timeout
    "25P04": Reaction.RECONNECT,  # transaction_timeout, version 17
    "53300": Reaction.RECONNECT,  # too_many_connections: others leave
    # Class 08, and yet permanent: the bytes do not fit their type, a new connection changes nothing.
    "08P01": Reaction.PERMANENT,
    "08004": Reaction.PERMANENT,  # the server rejected the connection
}
_CLASSES = {
    "08": Reaction.RECONNECT,  # connection exception
    "53": Reaction.PAUSE,  # insufficient resources: disk full, out of memory
    "58": Reaction.PAUSE,  # system error: I/O
}


def reaction(sqlstate: str) -> Reaction:
    """Tell what to do after an error with this SQLSTATE."""
    found = _CODES.get(sqlstate)
    return found or _CLASSES.get(sqlstate[:2], Reaction.PERMANENT)
