"""Plans of real databases: the catalogs are read from servers, as the command does."""

from __future__ import annotations

import asyncio
import tomllib
from typing import TYPE_CHECKING

import pytest

from commands import KEY, Shell
from pgsluice import api
from pgsluice._core import Key
from pgsluice.config.rules import parse_rules
from pgsluice.driver import Dsn

if TYPE_CHECKING:
    from pathlib import Path

    from planning import Planner

    from pgsluice.plan.model import CopyPlan
    from servers import Database


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)


@pytest.fixture
def plan(source_db: Database, target_db: Database) -> Planner:
    """Make databases and plan."""

    def make(source: str, rules: str, *, target: str | None = None, has_key: bool = True) -> CopyPlan:
        source_db.execute(source)
        if target is not None:
            target_db.execute(target)
        return asyncio.run(
            api.plan(
                Dsn.parse(source_db.dsn, role="source"),
                parse_rules(tomllib.loads(f"version = 1\n{rules}"), name="rules"),
                Key(KEY) if has_key else None,
                target=None if target is None else Dsn.parse(target_db.dsn, role="target"),
            )
        )

    return make
