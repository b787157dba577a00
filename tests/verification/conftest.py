"""A town that is copied once; each test has a copy of the copy that it may spoil."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from town import RULES, SOURCE

from commands import Shell
from servers import Database, fresh_database
from verified import Pair, copied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server


@pytest.fixture(scope="session")
def town(source_server: Server, target_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The town and its copy; nobody changes them."""
    directory = tmp_path_factory.mktemp("town")
    with fresh_database(source_server, "town") as source, fresh_database(target_server, "town") as target:
        source.execute(SOURCE)
        yield copied(Shell(directory, source, target), RULES)


@pytest.fixture
def pair(town: Pair, target_server: Server, tmp_path: Path) -> Iterator[Pair]:
    """The town with a target of the test's own."""
    name = f"{town.target.name}_spoilt"
    postgres = Database(target_server, "postgres")
    postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{town.target.name}"')
    try:
        yield Pair(Shell(tmp_path, town.source, Database(target_server, name)), town.rules)
    finally:
        postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)
