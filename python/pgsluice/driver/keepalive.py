"""Makes the kernel notice a peer that is gone without a word."""

from __future__ import annotations

import socket

import asyncpg

# A peer that vanished without a word is noticed within 30 s: server and libpq defaults would take hours.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 10, 5, 4
TCP_USER_TIMEOUT_MS = 30_000


def watch_peer(driver: asyncpg.Connection[asyncpg.Record]) -> None:
    """Make the kernel notice a peer that is gone; the driver has no setting for it."""
    transport = driver._transport  # type: ignore[attr-defined]  # noqa: SLF001 - the only way to the socket
    found = transport.get_extra_info("socket")
    if found is None or found.family == socket.AF_UNIX:
        return
    options = [
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", KEEPALIVE_INTERVAL_S),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", KEEPALIVE_COUNT),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", TCP_USER_TIMEOUT_MS),
    ]
    for level, name, value in options:
        if hasattr(socket, name):
            found.setsockopt(level, getattr(socket, name), value)
