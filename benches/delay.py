"""Owns a link that takes its time: bytes pass through it late, and its round trips are counted."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CHUNK_BYTES = 1 << 18
_LOCALHOST = "127.0.0.1"


class Link:
    """Passes bytes on to a server, each `delay_s` late in each direction."""

    def __init__(self, host: str, port: int, delay_s: float) -> None:
        self._host, self._port, self._delay_s = host, port, delay_s
        self._has_asked = False
        #: How often something was sent after an answer: what waits for an answer before it goes on.
        self.round_trips = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a client to the server until one of them ends."""
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(
                self._pass(reader, far_writer, is_asking=True), self._pass(far_reader, writer, is_asking=False)
            )

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_asking: bool) -> None:
        loop = asyncio.get_running_loop()
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, chunk = await late.get()
                await asyncio.sleep(due - loop.time())
                if not chunk:
                    writer.close()
                    return
                writer.write(chunk)
                await writer.drain()

        delivery = asyncio.create_task(deliver())
        chunk = b" "
        while chunk:
            chunk = await reader.read(_CHUNK_BYTES)
            if chunk and is_asking and not self._has_asked:
                self.round_trips += 1
            if chunk:
                self._has_asked = is_asking
            late.put_nowait((loop.time() + self._delay_s, chunk))
        await delivery


@contextlib.asynccontextmanager
async def delayed(login: str, delay_s: float) -> AsyncIterator[tuple[Link, str]]:
    """Stand between clients and a server; give the link, and the DSN that leads through it."""
    parts = urlsplit(login)
    link = Link(parts.hostname or _LOCALHOST, parts.port or 5432, delay_s)
    server = await asyncio.start_server(link.accept, _LOCALHOST, 0)
    port = server.sockets[0].getsockname()[1]
    place = parts.netloc.rpartition("@")[0]
    try:
        yield link, parts._replace(netloc=f"{place}@{_LOCALHOST}:{port}").geturl()
    finally:
        await asyncio.sleep(4 * delay_s)  # The clients' goodbyes are still on their way.
        server.close()
