"""Owns the databases that tests work in: each test its own, on servers that a worker keeps."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from pgsluice.embedded import Server

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

# Fast and quiet: nothing here outlives the session, and background work would disturb WAL counts.
SETTINGS: dict[str, str | int | bool] = {
    "fsync": False,
    "synchronous_commit": True,
    "shared_buffers": "64MB",
    "max_connections": 60,
    "autovacuum": False,
    "log_statement": "none",
    "wal_level": "replica",
}
CALL_TIMEOUT_S = 120.0

_numbers = itertools.count(1)


class Database:
    """Name one database; `execute`, `fetch` and `value` open a connection of their own for each call.

    The plain ones can be called from any test, the ones with an `a` are for `await`. Arguments are asyncpg's.
    """

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def dsn(self) -> str:
        return self.server.dsn(self.name)

    def __repr__(self) -> str:
        return f"<Database {self.name}>"

    async def connect(self, **options: Any) -> asyncpg.Connection:
        return await asyncpg.connect(self.dsn, timeout=CALL_TIMEOUT_S, **options)

    async def aexecute(self, sql: str, *arguments: object) -> str:
        return await self._call("execute", sql, *arguments)

    async def afetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._call("fetch", sql, *arguments)

    async def avalue(self, sql: str, *arguments: object) -> Any:
        return await self._call("fetchval", sql, *arguments)

    def execute(self, sql: str, *arguments: object) -> str:
        return _run_in_thread(self.aexecute(sql, *arguments))

    def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        return _run_in_thread(self.afetch(sql, *arguments))

    def value(self, sql: str, *arguments: object) -> Any:
        return _run_in_thread(self.avalue(sql, *arguments))

    async def _call(self, method: str, sql: str, *arguments: object) -> Any:
        connection = await self.connect()
        try:
            return await getattr(connection, method)(sql, *arguments, timeout=CALL_TIMEOUT_S)
        finally:
            await connection.close(timeout=CALL_TIMEOUT_S)


@contextmanager
def running_server(**settings: str | int | bool) -> Iterator[Server]:
    """Run a server with the tests' settings and these."""
    with Server({**SETTINGS, **settings}) as server:
        yield server


@contextmanager
def fresh_database(server: Server, prefix: str, *, options: str = "") -> Iterator[Database]:
    """Make an empty database, with these options of CREATE DATABASE, and drop it at the end, whoever is still in it.

    A server that the test stopped or killed is started again, so that the next test finds one.
    """
    server.start()
    name = f"{prefix}_{os.getpid()}_{next(_numbers)}"
    maintenance = Database(server, "postgres")
    maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 {options}')
    try:
        yield Database(server, name)
    finally:
        server.start()
        maintenance.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _run_in_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end in a new thread's event loop: the caller's own loop, if any, is busy with the caller."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(asyncio.run(coroutine))
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that asked
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
