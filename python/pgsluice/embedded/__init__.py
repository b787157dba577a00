"""Owns PostgreSQL servers that live as long as a test or a demo does; knows nothing of copying or masking.

from pgsluice.embedded import Server

with Server(settings={"fsync": False}) as server:
    server.create_database("shop")
    print(server.dsn("shop"))
"""

from __future__ import annotations

from pgsluice.embedded.binaries import find_binaries
from pgsluice.embedded.server import Server

__all__ = ["Server", "find_binaries"]
