"""The standbys that tests use are what they say: replicas that follow, refuse writes and can be promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from servers import fresh_database
from standby import running_standby

if TYPE_CHECKING:
    from pgsluice.embedded import Server

pytestmark = pytest.mark.db


def test_standby_follows_refuses_writes_and_is_promoted(source_server: Server) -> None:
    with fresh_database(source_server, "standby") as database, running_standby(source_server) as standby:
        database.execute("CREATE TABLE t AS SELECT generate_series(1, 7) AS id")

        replica = standby.database(database)

        assert replica.value("SELECT count(*) FROM t") == 7
        assert replica.value("SELECT pg_is_in_recovery()")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            replica.execute("DELETE FROM t")

        standby.promote()

        replica.execute("DELETE FROM t")
        assert (replica.value("SELECT count(*) FROM t"), database.value("SELECT count(*) FROM t")) == (0, 7)
        path = standby.server.data_directory
    assert not path.parent.exists()
