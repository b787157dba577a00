"""What tests of snapshots share: a user's shell, and a process that becomes the parent of what a killed copy leaves."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from commands import Shell
from snapshot.holders import Holders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Database

_PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)


@pytest.fixture
def holders(source_db: Database) -> Iterator[Holders]:
    """The holders that copies of this test start; none of them outlives it."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    found = Holders(source_db)
    try:
        yield found
    finally:
        found.end_all()
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
