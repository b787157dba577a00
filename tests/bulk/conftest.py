"""What tests of bulk loading share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from commands import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Database


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)


@pytest.fixture
def loader(target_db: Database) -> Iterator[str]:
    """The name of a role on the target that is no superuser; `dsn_as` connects as it."""
    with role_on(target_db) as name:
        target_db.execute(
            f'GRANT CREATE ON DATABASE "{target_db.name}" TO {name}; GRANT ALL ON SCHEMA public TO {name}'
        )
        yield name


@pytest.fixture
def reader(source_db: Database) -> Iterator[str]:
    """The name of a role on the source that is no superuser."""
    with role_on(source_db) as name:
        yield name


@contextmanager
def role_on(database: Database) -> Iterator[str]:
    name = f"{database.name}_role"
    database.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'only-for-tests'")
    yield name
    database.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
