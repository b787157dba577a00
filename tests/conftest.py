"""Owns the fixtures that all tests share. Each worker has one pair of servers, each test its databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from servers import Database, fresh_database, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server


@pytest.fixture(scope="session")
def source_server() -> Iterator[Server]:
    """The server that is copied from."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def target_server() -> Iterator[Server]:
    """The server that is written to."""
    with running_server() as server:
        yield server


@pytest.fixture
def source_db(source_server: Server) -> Iterator[Database]:
    """An empty database on the source server."""
    with fresh_database(source_server, "source") as database:
        yield database


@pytest.fixture
def target_db(target_server: Server) -> Iterator[Database]:
    """An empty database on the target server."""
    with fresh_database(target_server, "target") as database:
        yield database
