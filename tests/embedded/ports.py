"""Asks whether a server listens."""

from __future__ import annotations

import socket


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
