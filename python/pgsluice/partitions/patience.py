"""Owns how long is waited for locks and how often work is tried again, and which failures are worth it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pgsluice.driver import Connection, Reaction, reaction
from pgsluice.errors import ServerError

T = TypeVar("T")

# What another session's work at the same moment looks like, beside locks and deadlocks: the name is taken
# (42P07, or 23505 of the catalog's own index), the range is taken (42P17), rows of it came into the default (23514).
_RACES = {"42P07", "23505", "42P17", "23514"}


@dataclass(frozen=True)
class Patience:
    """How long a lock is waited for, and how often.

    While we wait for a lock on a table, others queue behind us: so one wait is short, longer than the second after
    which autovacuum gives way, and tries are many. The advisory lock is only for those who make partitions; nobody
    queues behind it, so that wait is long.
    """

    lock_timeout_ms: int = 2_000
    turn_timeout_ms: int = 60_000
    tries: int = 15
    pause_ms: int = 100
    pause_ms_max: int = 2_000


DEFAULT_PATIENCE = Patience()


def is_race(error: ServerError) -> bool:
    """Whether the same work may succeed, or be done already, when the table is looked at again."""
    return error.sqlstate in _RACES or reaction(error.sqlstate) is Reaction.RETRY


async def with_patience(
    work: Callable[[], Awaitable[T]], patience: Patience, *, is_worth: Callable[[ServerError], bool] = is_race
) -> T:
    """Do the work, and again after a race; the last error comes out as it is."""
    for number in range(1, patience.tries):
        try:
            return await work()
        except ServerError as error:
            if not is_worth(error):
                raise
        await pause(patience, number)
    return await work()


async def pause(patience: Patience, number: int) -> None:
    """Wait before the next try: twice as long each time, and with jitter, so that two who met do not meet again."""
    longest_ms = min(patience.pause_ms * 2**number, patience.pause_ms_max)
    await asyncio.sleep(longest_ms / 1000 * random.uniform(0.5, 1))  # noqa: S311 - not for a secret


async def take_turn(connection: Connection, oid: int, patience: Patience) -> None:
    """Wait in a transaction until nobody else of ours makes partitions of this table; then for locks, shortly."""
    await set_lock_timeout(connection, patience.turn_timeout_ms)
    await connection.fetch(
        "SELECT pg_advisory_xact_lock($1, $2)", _CLASS, _as_int4(oid), doing="waiting for others that make partitions"
    )
    await set_lock_timeout(connection, patience.lock_timeout_ms)


async def set_lock_timeout(connection: Connection, milliseconds: int) -> None:
    """Set how long this transaction waits for a lock."""
    await connection.fetch("SELECT set_config('lock_timeout', $1, true)", str(milliseconds), doing="setting a timeout")


# The first half of our advisory locks: they share a space with those of the database's other users.
_CLASS = 0x736C7063


def _as_int4(oid: int) -> int:
    return oid - (1 << 32) if oid >= 1 << 31 else oid
