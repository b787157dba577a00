"""A partitioned table on a server, ways to ask of it, and a session of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice.driver import Connection, Dsn, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from servers import Database


@pytest.fixture
async def session(target_db: Database) -> AsyncIterator[Connection]:
    """A session of ours on the target."""
    connection = await connect(Dsn.parse(target_db.dsn, role="target"), role="target")
    yield connection
    await connection.close()
