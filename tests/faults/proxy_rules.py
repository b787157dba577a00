"""Owns the words for what a fault proxy does to which message; moves no byte itself."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

COPY_TRAILER = b"\xff\xff"
WHOLE = 1 << 40


class Side(enum.Enum):
    """Who sends the bytes that a rule is about."""

    FRONTEND = "frontend"
    BACKEND = "backend"


@dataclass(frozen=True)
class Reset:
    """Close both connections with RST."""


@dataclass(frozen=True)
class Fin:
    """End this direction with FIN and throw away what still comes; the other direction goes on."""


@dataclass(frozen=True)
class Stall:
    """Forward nothing more and keep the connections open: both directions, or this one alone."""

    is_both: bool = True


@dataclass(frozen=True)
class Swallow:
    """Leave the message out, then go on or do what `then` says. Alone, it drops messages."""

    then: Reset | Fin | Stall | None = None


@dataclass(frozen=True)
class Edit:
    """Send what `change` makes of the payload instead."""

    change: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Pace:
    """From here on write this direction in slices, wait before each message, or keep to a rate."""

    slice_bytes: int | None = None
    delay_s: float = 0.0
    bytes_per_second: int | None = None


Action = Reset | Fin | Stall | Swallow | Edit | Pace


@dataclass(frozen=True)
class When:
    """Choose messages of one direction of a connection.

    Of those of type `kind` (of all without it, the start-up packets too) whose payload passes `payload`: the
    `nth` and the following up to the `last`. Default: the nth alone; `last=WHOLE`: all to the end.
    `offset` bytes of the message are forwarded before the action. `byte`, in place of all these, counts the
    direction's bytes from the connection's start, and so many are forwarded.
    """

    side: Side
    kind: bytes | None = None
    nth: int = 1
    last: int | None = None
    payload: Callable[[bytes], bool] | None = None
    offset: int = 0
    byte: int | None = None


@dataclass(frozen=True)
class Rule:
    """Do `action` on each message that `when` chooses; once: on the first connection only that has one."""

    when: When
    action: Action
    is_once: bool = True


def is_commit_tag(payload: bytes) -> bool:
    """Choose, among backend messages of type C, the answer to COMMIT."""
    return payload == b"COMMIT\0"


def is_copy_trailer(payload: bytes) -> bool:
    """Choose, among messages of type d, the trailer of binary COPY where it has a message of its own."""
    return payload == COPY_TRAILER


def without_trailer(payload: bytes) -> bytes:
    """Cut the trailer from the end of a payload."""
    return payload.removesuffix(COPY_TRAILER)
