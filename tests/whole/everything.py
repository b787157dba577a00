"""Makes a database with one of everything. What only newer servers have is in files of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server
    from servers import Database

DIRECTORY = Path(__file__).parent / "everything"
_ROLES = DIRECTORY / "00_roles.sql"


def make_roles(server: Server) -> None:
    """Make the roles that policies and rights name: a database cannot bring them along."""
    server.psql(_ROLES.read_text())


def make_everything(database: Database, *, major: int | None = None) -> None:
    """Fill an empty database with all that servers from version `major` on have, by default its own server's."""
    make_roles(database.server)
    for path in _files(major or database.server.major):
        database.server.psql(path.read_text(), database=database.name)


def _files(major: int) -> Iterator[Path]:
    for path in sorted(DIRECTORY.glob("*.sql")):
        if path.stem.startswith("from_"):
            if int(path.stem.removeprefix("from_")) <= major:
                yield path
        elif path != _ROLES:
            yield path
