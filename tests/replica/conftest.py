"""Owns a primary with a standby that cancels whoever is in the way of its replay, and a user who copies from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import Shell
from servers import Database, fresh_database, running_server
from standby import Standby, running_standby

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pgsluice.embedded import Server


@pytest.fixture(scope="session")
def primary() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def standby(primary: Server) -> Iterator[Standby]:
    with running_standby(primary, max_standby_streaming_delay=0) as found:
        yield found


@pytest.fixture
def primary_db(primary: Server) -> Iterator[Database]:
    """A database on the primary; the standby has it too."""
    with fresh_database(primary, "source") as database:
        yield database


@pytest.fixture
def shell(tmp_path: Path, primary_db: Database, standby: Standby, target_db: Database) -> Shell:
    """A user whose source is the standby."""
    return Shell(tmp_path, Database(standby.server, primary_db.name), target_db)
