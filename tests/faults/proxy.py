"""Owns a TCP proxy between a client and a server that knows PostgreSQL's messages and breaks them on purpose.

    rules = [Rule(When(Side.BACKEND, kind=b"C", payload=is_commit_tag), Swallow(then=Reset()))]
    async with FaultProxy.before(server.dsn(), rules) as proxy:
        connection = await asyncpg.connect(proxy.dsn(server.dsn()))

A message is a type byte, a length that counts itself, and a payload; a client's first packets have no type
byte, and the answer to its SSLRequest is one byte alone (PostgreSQL documentation, "Message Formats").
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit, urlunsplit

from faults.proxy_connection import Connection
from faults.proxy_rules import (
    COPY_TRAILER,
    WHOLE,
    Action,
    Edit,
    Fin,
    Pace,
    Reset,
    Rule,
    Side,
    Stall,
    Swallow,
    When,
    is_commit_tag,
    is_copy_trailer,
    without_trailer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

__all__ = [
    "COPY_TRAILER",
    "WHOLE",
    "Action",
    "Edit",
    "FaultProxy",
    "Fin",
    "Pace",
    "Reset",
    "Rule",
    "Side",
    "Stall",
    "Swallow",
    "ThreadedFaultProxy",
    "When",
    "is_commit_tag",
    "is_copy_trailer",
    "without_trailer",
]

WAIT_S = 30.0


class FaultProxy:
    """Listen on a port of 127.0.0.1 and forward to a server by the rules.

    `fired` counts how often each rule acted. `rules` can be changed at any time: a rule counts the messages
    that pass while it is there.
    """

    def __init__(self, host: str, port: int, rules: Iterable[Rule] = ()) -> None:
        self.server_address = (host, port)
        self.rules = list(rules)
        self.fired: Counter[Rule] = Counter()
        self.errors: list[str] = []
        self.port = 0
        self._claims: dict[Rule, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    @classmethod
    def before(cls, dsn: str, rules: Iterable[Rule] = ()) -> Self:
        """Make a proxy before the server that a DSN names."""
        parts = urlsplit(dsn)
        return cls(parts.hostname or "127.0.0.1", parts.port or 5432, rules)

    def dsn(self, original_dsn: str) -> str:
        """Return the DSN with the proxy's address instead of the server's."""
        parts = urlsplit(original_dsn)
        credentials = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{self.port}"))

    def claim(self, rule: Rule, connection: Connection) -> bool:
        """Count a rule's act; False if it is for one connection and had its one."""
        if rule.is_once and self._claims.setdefault(rule, connection) is not connection:
            return False
        self.fired[rule] += 1
        self._changed.set()
        return True

    async def until_fired(self, rule: Rule, *, timeout_s: float = WAIT_S) -> None:
        """Return when the rule has acted."""
        async with asyncio.timeout(timeout_s):
            while not self.fired[rule]:
                self._changed.clear()
                await self._changed.wait()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(Connection(self).serve(reader, writer))
        self._tasks.add(task)


class ThreadedFaultProxy:
    """Run a FaultProxy in a thread of its own, for plain tests whose clients are other processes."""

    def __init__(self, dsn: str, rules: Iterable[Rule] = ()) -> None:
        self._original_dsn, self._rules = dsn, tuple(rules)
        self._is_ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=asyncio.run, args=(self._work(),))
        self._thread.start()
        assert self._is_ready.wait(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    @property
    def fired(self) -> Counter[Rule]:
        return self._proxy.fired

    def dsn(self, original_dsn: str | None = None) -> str:
        return self._proxy.dsn(original_dsn or self._original_dsn)

    def until_fired(self, rule: Rule, *, timeout_s: float = WAIT_S) -> None:
        waiting = self._proxy.until_fired(rule, timeout_s=timeout_s)
        asyncio.run_coroutine_threadsafe(waiting, self._loop).result()

    async def _work(self) -> None:
        self._loop, self._is_over = asyncio.get_running_loop(), asyncio.Event()
        async with FaultProxy.before(self._original_dsn, self._rules) as self._proxy:
            self._is_ready.set()
            await self._is_over.wait()
