"""Geometry and geography go in as EWKB, on a server that has PostGIS: Debian's, where the package is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pgsluice import Table, Writer
from pgsluice.embedded import Server
from servers import SETTINGS, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database

CONTROLS = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(not CONTROLS, reason="PostGIS is not installed (Debian: postgresql-15-postgis-3)"),
]
SHAPES = ["SRID=4326;POINT(1 2)", "SRID=4326;LINESTRING Z (1 2 3, 4 5 6)", "SRID=4326;POLYGON EMPTY"]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    version = CONTROLS[-1].parts[4]
    with (
        Server(dict(SETTINGS), binaries=f"/usr/lib/postgresql/{version}/bin") as server,
        fresh_database(server, "postgis") as database,
    ):
        database.execute(
            "CREATE EXTENSION postgis; CREATE TABLE shape (id int PRIMARY KEY, a geometry, b geometry, c geography)"
        )
        yield database


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("text", SHAPES)
async def test_shapes_come_back_exactly(database: Database, context: str, text: str) -> None:
    await database.aexecute("TRUNCATE shape")
    ewkb = await database.avalue("SELECT ST_AsEWKB($1::text::geometry)", text)

    async with Writer(database.dsn, {"shape": Table()}, context=context) as writer:
        await writer.write("shape", [(1, ewkb, ewkb.hex(), ewkb)])

    sql = "SELECT a = $1::text::geometry AND b = a AND ST_AsEWKB(a) = ST_AsEWKB(c::geometry) FROM shape"
    assert await database.avalue(sql, text)
