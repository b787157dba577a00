"""What the proofs of whole copies share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import Shell
from servers import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pgsluice.embedded import Server
    from servers import Database


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)


@pytest.fixture
def referee(target_server: Server) -> Iterator[Database]:
    """A database that compares the two."""
    with fresh_database(target_server, "referee") as database:
        yield database
