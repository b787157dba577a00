"""Copies of schemas: a shell, and a source server that has extensions of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands import Shell
from servers import fresh_database, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server
    from servers import Database

#: An extension as people write them: a type, and a function that defaults, indexes and triggers call.
EXTENSION = """
CREATE DOMAIN colour AS text CHECK (VALUE <> '');
CREATE FUNCTION shade(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""


@pytest.fixture
def shell(tmp_path: Path, source_db: Database, target_db: Database) -> Shell:
    """A user with an empty source and an empty target."""
    return Shell(tmp_path, source_db, target_db)


@pytest.fixture(scope="session")
def rich_server() -> Iterator[Server]:
    """A server with an extension that no other server has."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        extensions = directory / "extension"
        extensions.mkdir()
        directory.chmod(0o755)  # The server may run as another user.
        (extensions / "paint.control").write_text("default_version = '1.0'\nrelocatable = true\n")
        (extensions / "paint--1.0.sql").write_text(EXTENSION)
        with running_server(extension_control_path=f"$system:{directory}") as server:
            yield server


@pytest.fixture
def rich_shell(tmp_path: Path, rich_server: Server, target_db: Database) -> Iterator[Shell]:
    """A user whose source has an extension that the target's server lacks."""
    with fresh_database(rich_server, "rich") as source:
        yield Shell(tmp_path, source, target_db)
