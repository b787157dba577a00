"""What tests of the launcher share."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A directory that the server's user can enter, which pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="pgsluice-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)
