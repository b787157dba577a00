"""Databases to propose rules for, and what is proposed, in a form that tests can compare."""

from __future__ import annotations

import asyncio
import tomllib
from typing import TYPE_CHECKING

import pytest
from proposing import Proposed

from commands import Shell
from pgsluice import api
from pgsluice.driver import Dsn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servers import Database


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)


@pytest.fixture
def propose(source_db: Database) -> Callable[..., Proposed]:
    """Make a source and propose rules for it."""

    def run(sql: str = "", **options: object) -> Proposed:
        if sql:
            source_db.execute(sql)
        draft = asyncio.run(api.init(Dsn.parse(source_db.dsn, role="source"), **options))
        return Proposed(draft, tomllib.loads(draft.text))

    return run
