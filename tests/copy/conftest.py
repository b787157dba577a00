"""What tests of whole copies share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Database


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)
