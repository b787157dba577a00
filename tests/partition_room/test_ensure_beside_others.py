"""Making partitions with the rights that a role has, and beside others who hold the table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from partition_samples import EVENTS, NONE_AHEAD, at, bounds

from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import NotAllowedError, ServerError
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.patience import Patience

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db


@pytest.mark.parametrize("grant", ["", "GRANT CREATE ON SCHEMA public TO maker", "ALTER TABLE events OWNER TO maker"])
async def test_missing_rights_are_told_and_nothing_is_left(target_db: Database, grant: str) -> None:
    await target_db.aexecute(
        f"{EVENTS} DROP ROLE IF EXISTS maker; CREATE ROLE maker LOGIN PASSWORD 'only-for-tests'; {grant}"
    )
    server = target_db.server
    dsn = f"postgresql://maker:only-for-tests@127.0.0.1:{server.port}/{target_db.name}"
    session = await connect(Dsn.parse(dsn, role="target"), role="target")

    with pytest.raises(NotAllowedError) as caught:
        await ensure(session, "public", "events", NONE_AHEAD)

    await session.close()
    assert "with CREATE on schema " in str(caught.value.hint)
    assert await bounds(target_db, "events") == {}
    assert await target_db.avalue("SELECT count(*) FROM pg_class WHERE relname LIKE 'events%' AND relkind = 'r'") == 0
    await target_db.aexecute("DROP OWNED BY maker CASCADE; DROP ROLE maker")


async def test_role_of_the_owner_makes_partitions_that_are_the_owners(target_db: Database) -> None:
    await target_db.aexecute(
        f"""{EVENTS} CREATE ROLE keeper; CREATE ROLE maker LOGIN PASSWORD 'only-for-tests' IN ROLE keeper;
            GRANT CREATE ON SCHEMA public TO keeper; ALTER TABLE events OWNER TO keeper"""
    )
    dsn = f"postgresql://maker:only-for-tests@127.0.0.1:{target_db.server.port}/{target_db.name}"
    session = await connect(Dsn.parse(dsn, role="target"), role="target")

    await ensure(session, "public", "events", NONE_AHEAD)

    await session.close()
    owners = await target_db.afetch(
        "SELECT DISTINCT relowner::regrole::text AS o FROM pg_class WHERE relname LIKE 'events%'"
    )
    await target_db.aexecute("DROP OWNED BY keeper, maker CASCADE; DROP ROLE maker, keeper")
    assert [row["o"] for row in owners] == ["keeper"]


async def test_writers_and_readers_go_on_while_partitions_are_made(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 1)])
    writer = await target_db.connect()
    await writer.execute("BEGIN; INSERT INTO events (at) VALUES ('2024-01-05'); SELECT * FROM events")

    ensured = await ensure(session, "public", "events", NONE_AHEAD, values=[at(2024, 2)], patience=Patience(tries=1))

    assert [made.name for made in ensured.made] == ["events_p202402"]
    await writer.execute("COMMIT")
    await writer.close()


async def test_lock_that_is_held_ends_in_an_error_and_then_works(session: Connection, target_db: Database) -> None:
    await target_db.aexecute(EVENTS)
    locker = await target_db.connect()
    await locker.execute("BEGIN; LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")
    patience = Patience(lock_timeout_ms=50, tries=3, pause_ms=1)

    with pytest.raises(ServerError) as caught:
        await ensure(session, "public", "events", NONE_AHEAD, patience=patience)

    assert caught.value.sqlstate == "55P03"
    waiting = asyncio.create_task(ensure(session, "public", "events", NONE_AHEAD))
    await locker.close()
    assert len((await waiting).made) == 1
