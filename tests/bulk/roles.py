"""Connects as the roles that tests make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servers import Database


def dsn_as(database: Database, role: str) -> str:
    """The database's URI for a role of the fixture `loader`."""
    scheme, _, rest = database.dsn.partition("//")
    return f"{scheme}//{role}:only-for-tests@{rest.partition('@')[2]}"
