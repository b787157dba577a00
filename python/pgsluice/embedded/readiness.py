"""Owns the question whether a server lets clients in, asked without a driver and without a password."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROBE_TIMEOUT_S = 5.0
# Line 8 of postmaster.pid (src/include/utils/pidfile.h): "ready", or "standby" where hot_standby is off.
_STATUS_LINE = 7
_UP = {"ready", "standby"}
_PROTOCOL_VERSION = 3 << 16


def is_up(data_directory: Path, postmaster: int) -> bool:
    """Answer whether this very postmaster, not an earlier one, says in its pid file that it is up."""
    try:
        lines = (data_directory / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > _STATUS_LINE and lines[0] == str(postmaster) and lines[_STATUS_LINE].strip() in _UP


def is_accepting(port: int, *, host: str = "127.0.0.1") -> bool:
    """Answer whether the server answers a start-up packet with a request to authenticate ('R').

    While it starts or recovers, it answers with an error ('E', 57P03) or not at all.
    """
    parameters = b"user\0postgres\0database\0postgres\0\0"
    packet = struct.pack("!ii", 8 + len(parameters), _PROTOCOL_VERSION) + parameters
    try:
        with socket.create_connection((host, port), timeout=PROBE_TIMEOUT_S) as probe:
            probe.sendall(packet)
            # All of the answer: closing on unread bytes is a reset, which the server would log.
            return probe.recv(4096)[:1] == b"R"
    except OSError:
        return False
