"""Who may read records, what is said where nobody may, and that nothing of pg_walinspect stays on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice import wal
from pgsluice.errors import NotAllowedError
from servers import fresh_database
from standby import running_standby
from versions.majors import Majors
from wal_bill.conftest import HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server
    from servers import Database
    from wal_bill.conftest import Role

pytestmark = pytest.mark.db

UPDATE = "UPDATE hosts SET seen = seen + 1 WHERE id <= 10"
LEFTOVERS = """
    SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'pg_walinspect')
         + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%pgsluice%')
"""


@pytest.fixture(scope="module")
def majors() -> Iterator[Majors]:
    with Majors() as found:
        yield found


async def test_extension_made_by_a_superuser_is_gone_afterwards(hosts_db: Database) -> None:
    bill = await wal.measure(hosts_db.dsn, UPDATE)

    assert bill.source == "pg_walinspect"
    assert await hosts_db.avalue(LEFTOVERS) == 0


async def test_role_without_rights_gets_the_growth_of_the_log(hosts_db: Database, writer_role: Role) -> None:
    bill = await wal.measure(writer_role.dsn(hosts_db), UPDATE)

    assert (bill.source, bill.scope, bill.kinds, bill.records) == ("lsn", "server", (), None)
    assert (bill.commits, bill.rows_changed, bill.hot_share) == (1, 10, 1.0)
    # Ten HOT updates of more than 50 bytes each; nobody else is on this server.
    assert bill.bytes > 500
    assert "only a superuser may create it" in (bill.note or "")


async def test_records_as_a_must_are_refused_without_rights_before_anything_is_written(
    hosts_db: Database, writer_role: Role
) -> None:
    before = await hosts_db.avalue("SELECT sum(seen) FROM hosts")

    with pytest.raises(wal.WalUnreadableError) as refused:
        await wal.measure(writer_role.dsn(hosts_db), UPDATE, way="records")

    assert "CREATE EXTENSION pg_walinspect" in (refused.value.hint or "")
    assert await hosts_db.avalue("SELECT sum(seen) FROM hosts") == before


async def test_installed_extension_is_closed_to_a_role_until_the_hints_grant(
    hosts_db: Database, writer_role: Role
) -> None:
    hosts_db.execute("CREATE SCHEMA odd; CREATE EXTENSION pg_walinspect SCHEMA odd")
    hosts_db.execute(f"GRANT USAGE ON SCHEMA odd TO {writer_role.name}")
    with pytest.raises(wal.WalUnreadableError) as refused:
        await wal.measure(writer_role.dsn(hosts_db), UPDATE, way="records")

    grant = "GRANT EXECUTE ON FUNCTION {}pg_get_wal_records_info(pg_lsn, pg_lsn) TO {}"
    hosts_db.execute(grant.format("odd.", writer_role.name))
    bill = await wal.measure(writer_role.dsn(hosts_db), UPDATE, way="records")

    assert grant.format("", "the role") in (refused.value.hint or "")
    assert bill.count("Heap/HOT_UPDATE") == 10


async def test_role_that_may_read_the_servers_files_reads_records(hosts_db: Database, writer_role: Role) -> None:
    hosts_db.execute(f"CREATE EXTENSION pg_walinspect; GRANT pg_read_server_files TO {writer_role.name}")

    bill = await wal.measure(writer_role.dsn(hosts_db), UPDATE)

    assert bill.count("Heap/HOT_UPDATE") == 10


async def test_checkpoint_without_rights_says_which_is_needed(hosts_db: Database, writer_role: Role) -> None:
    with pytest.raises(NotAllowedError) as refused:
        await wal.measure(writer_role.dsn(hosts_db), UPDATE, has_checkpoint=True)

    assert "pg_checkpoint" in (refused.value.hint or "")


async def test_server_before_pg_walinspect_gives_the_growth_of_the_log(majors: Majors) -> None:
    with fresh_database(majors.server(14), "wal") as database:
        database.execute(HOSTS)

        bill = await wal.measure(database.dsn, UPDATE)

    assert (bill.source, bill.commits, bill.hot_share) == ("lsn", 1, 1.0)
    assert "version 15" in (bill.note or "")


async def test_first_version_with_pg_walinspect_reads_records(majors: Majors) -> None:
    with fresh_database(majors.server(15), "wal") as database:
        database.execute(HOSTS)

        bill = await wal.measure(database.dsn, UPDATE)
        quiet = await wal.measure(database.dsn, "UPDATE hosts SET seen = 0 WHERE id = 0")

    assert (bill.source, bill.count("Heap/HOT_UPDATE"), bill.commits) == ("pg_walinspect", 10, 1)
    assert (quiet.bytes, quiet.records) == (0, 0)


async def test_replica_is_refused(target_server: Server) -> None:
    with running_standby(target_server) as standby, pytest.raises(wal.WalUnreadableError) as refused:
        await wal.measure(standby.server.dsn("postgres"), "SELECT 1")

    assert "replica" in refused.value.message
