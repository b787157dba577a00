"""Owns one proxied connection: reads whole messages of either side and does what the rules say."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faults.proxy_rules import Edit, Fin, Pace, Reset, Rule, Side, Stall, Swallow

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from faults.proxy import FaultProxy

SSL_REQUEST, GSSENC_REQUEST = 80877103, 80877104
CLOSE_TIMEOUT_S = 5.0


@dataclass(eq=False)
class Direction:
    """Forward one side's messages of one connection."""

    side: Side
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    connection: Connection
    pace: Pace = field(default_factory=Pace)
    position: int = 0
    is_discarding: bool = False
    seen: Counter[Rule] = field(default_factory=Counter)

    async def read_message(self) -> bytes:
        head = await self.reader.readexactly(5)
        return head + await self.reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)

    async def pump(self) -> None:
        try:
            while True:
                message = await self.read_message()
                await self.forward(message[:1], message)
        except asyncio.IncompleteReadError as error:
            await self.write(error.partial)
            if not self.is_discarding:
                self.writer.write_eof()

    async def forward(self, kind: bytes, message: bytes) -> None:
        start, self.position = self.position, self.position + len(message)
        for rule in tuple(self.connection.proxy.rules):
            offset = self.choose(rule, start, kind, message)
            if offset is None or not self.connection.proxy.claim(rule, self.connection):
                continue
            match rule.action:
                case Pace():
                    self.pace = rule.action
                case Edit(change):
                    payload = change(message[5:])
                    message = kind + struct.pack("!i", len(payload) + 4) + payload
                case Swallow(then):
                    if then is not None:
                        await self.end(then)
                    return
                case _:
                    await self.write(message[:offset])
                    message = message[offset:]
                    await self.end(rule.action)
        await self.write(message)

    def choose(self, rule: Rule, start: int, kind: bytes, message: bytes) -> int | None:
        """Return how much of the message goes before the action, or None if it is not chosen."""
        when = rule.when
        if when.side is not self.side:
            return None
        if when.byte is not None:
            return when.byte - start if start <= when.byte < start + len(message) else None
        if when.kind not in {None, kind} or (when.payload and not when.payload(message[5:])):
            return None
        self.seen[rule] += 1
        return when.offset if when.nth <= self.seen[rule] <= (when.last or when.nth) else None

    async def end(self, action: Reset | Fin | Stall) -> None:
        match action:
            case Reset():
                self.connection.reset()
                raise ConnectionResetError
            case Fin():
                await self.writer.drain()
                self.writer.write_eof()
                self.is_discarding = True
            case Stall(is_both):
                if is_both:
                    self.connection.is_stalled = True
                await asyncio.Future()

    async def write(self, data: bytes) -> None:
        if self.connection.is_stalled:
            await asyncio.Future()
        if self.is_discarding or not data:
            return
        if self.pace.delay_s:
            await asyncio.sleep(self.pace.delay_s)
        rate = self.pace.bytes_per_second
        length = self.pace.slice_bytes or (max(1, rate // 10) if rate else len(data))
        for start in range(0, len(data), length):
            piece = data[start : start + length]
            self.writer.write(piece)
            await self.writer.drain()
            # Even without a rate, each slice gets a turn of the loop: a packet of its own.
            await asyncio.sleep(len(piece) / rate if rate else 0)


class Connection:
    """Hold one client's connection and ours to the server for it."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        self.is_stalled = False
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            server_reader, server_writer = await asyncio.open_connection(*self.proxy.server_address)
            self.writers.append(server_writer)
            frontend = Direction(Side.FRONTEND, reader, server_writer, self)
            backend = Direction(Side.BACKEND, server_reader, writer, self)
            await self.open(frontend, backend)
            await _both(frontend.pump(), backend.pump())
        except asyncio.CancelledError:
            self.abort()
            raise
        except (OSError, asyncio.IncompleteReadError):
            pass  # Either end has gone; the other is told by the close below.
        finally:
            await self.close()

    async def close(self) -> None:
        for writer in self.writers:
            writer.close()
        for writer in self.writers:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await writer.wait_closed()
            except TimeoutError:
                writer.transport.abort()
            except OSError:
                continue

    def abort(self) -> None:
        for writer in self.writers:
            writer.transport.abort()

    async def open(self, frontend: Direction, backend: Direction) -> None:
        """Forward a client's packets without type byte, up to the one that starts the session."""
        while True:
            head = await frontend.reader.readexactly(8)
            length, code = struct.unpack("!ii", head)
            await frontend.forward(b"", head + await frontend.reader.readexactly(length - 8))
            if code not in {SSL_REQUEST, GSSENC_REQUEST}:
                return
            answer = await backend.reader.readexactly(1)
            if answer != b"N":
                self.proxy.errors.append("the server encrypts, messages cannot be seen")
                self.reset()
                raise ConnectionResetError
            await backend.forward(b"", answer)

    def reset(self) -> None:
        for writer in self.writers:
            if not writer.is_closing():
                linger = struct.pack("ii", 1, 0)  # Linger for 0 s: a close sends RST (socket(7)).
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.abort()


async def _both(*pumps: Coroutine[Any, Any, None]) -> None:
    """Run both directions to their ends; the first error of one ends the other and is raised."""
    tasks = [asyncio.ensure_future(pump) for pump in pumps]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
