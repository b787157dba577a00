"""Works on connections that belong to the caller: nothing of theirs is set, and they are not closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from pgsluice.driver.connection import Connection
from pgsluice.driver.deadline import Deadlines
from pgsluice.driver.failure import guarded


def is_pool(given: object) -> bool:
    """Whether it is a pool of the driver's."""
    return isinstance(given, asyncpg.Pool)


def is_connection(given: object) -> bool:
    """Whether it is a connection of the driver's, from a pool or not."""
    return isinstance(given, asyncpg.Connection | PoolConnectionProxy)


def adopt(given: Any, deadlines: Deadlines) -> Connection:
    """Wrap a caller's connection."""
    # What a pool hands out stands in front of the connection and hides what the statements need.
    driver = getattr(given, "_con", given)
    return Connection(driver, "target", [], deadlines)


@asynccontextmanager
async def from_pool(pool: Any, deadlines: Deadlines) -> AsyncIterator[Connection]:
    """Take a connection of a caller's pool for a while."""
    proxy = await guarded(pool.acquire(), "taking a connection of the pool")
    try:
        yield adopt(proxy, deadlines)
    finally:
        await guarded(pool.release(proxy), "giving a connection back to the pool")
