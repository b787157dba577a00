"""Owns what tests of WAL bills share: a table of hosts that heartbeats update, and a role with no rights beyond it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Database

from commands import Shell

ROWS = 100
#: Half of each page is left free, so that a new version of every row fits beside the old one; hint bits are set.
HOSTS = f"""
    CREATE TABLE hosts (id int PRIMARY KEY, seen int) WITH (fillfactor = 40);
    INSERT INTO hosts SELECT n, n FROM generate_series(1, {ROWS}) AS n;
"""
PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class Role:
    """A login role, and the databases as it reaches them."""

    name: str

    def dsn(self, database: Database) -> str:
        parts = urlsplit(database.dsn)
        user = f"{self.name}:{PASSWORD}"
        return parts._replace(netloc=f"{user}@{parts.hostname}:{parts.port}").geturl()


@pytest.fixture
def hosts_db(target_db: Database) -> Database:
    """A database with the table `hosts`, rows 1 to 100, vacuumed."""
    target_db.execute(HOSTS)
    target_db.execute("VACUUM (FREEZE) hosts")
    return target_db


@pytest.fixture
def writer_role(hosts_db: Database) -> Iterator[Role]:
    """A role that may write `hosts` and nothing else."""
    name = f"wal_writer_{os.getpid()}"
    hosts_db.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; GRANT ALL ON hosts TO {name}")
    yield Role(name)
    hosts_db.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.fixture
def shell(tmp_path: Path, hosts_db: Database) -> Shell:
    """A user with the table `hosts` on the target."""
    return Shell(tmp_path, hosts_db, hosts_db)
