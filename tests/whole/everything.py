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

# What is not as on the source, as the comparison puts it: columns after those of their parents, as pg_dump makes them,
# and what is left out by a copy without --large-objects.
OTHER_ORDER = ["shop.adopted", "shop.books", "shop.sold_books"]
COLUMN_ORDERS = frozenset(f"column_order: different: {table}" for table in OTHER_ORDER)
USER_MAPPING = frozenset(
    {"foreign_data: missing: mapping elsewhere for public", "objects: missing: user mapping public on server elsewhere"}
)
LARGE_OBJECTS = frozenset(f"rights: missing: large object {number}" for number in (4001, 4002, 4003))


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
