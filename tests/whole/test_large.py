"""Databases of many tables arrive whole, killed on the way and taken up again, whatever the number of jobs."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from compare import definition_differences, row_count, row_differences

from commands import KEEP, Shell
from servers import fresh_database
from stopping import kill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos, pytest.mark.slow]

TABLES = 1000
THOUSAND = Path(__file__).parents[2] / "benches" / "sql" / "thousand.sql"


@pytest.fixture(scope="module")
def shop(source_server: Server) -> Iterator[Database]:
    """The demo's shop."""
    with fresh_database(source_server, "shop") as database:
        source_server.psql(files("pgsluice.demo").joinpath("shop.sql").read_text(), database=database.name)
        yield database


@pytest.fixture(scope="module")
def thousand(source_server: Server) -> Iterator[Database]:
    """A thousand small tables."""
    with fresh_database(source_server, "thousand") as database:
        source_server.psql(THOUSAND.read_text().replace("{tables}", str(TABLES)), database=database.name)
        yield database


@pytest.mark.parametrize("jobs", [1, 2])
async def test_copy_of_the_shop_is_equal_outside_masked_columns(
    tmp_path: Path, shop: Database, target_db: Database, referee: Database, jobs: int
) -> None:
    shell = Shell(tmp_path, shop, target_db)
    rules = files("pgsluice.demo").joinpath("rules.toml").read_text().replace("version = 1\n", "")
    masked = shell.masked_columns(rules)
    rows = await row_count(shop)

    arguments = shell.copy_arguments(rules, f"--jobs={jobs}", "--batch-rows=2000", "--batch-bytes=1")
    kill(shell, arguments, rows=rows // 2)
    ended = shell.run(*arguments)

    assert ended.status == 0, ended.said
    assert rows > 200_000
    assert {"email", "full_name", "notes"} <= masked["shop.customers"]
    assert await row_differences(shop, target_db, referee, masked=masked) == []
    assert await definition_differences(shop, target_db) == []
    # What is masked is another value, or nothing was proved.
    masked["shop.customers"].remove("email")
    assert len(await row_differences(shop, target_db, referee, masked=masked)) == 1


@pytest.mark.parametrize("jobs", [1, 2])
async def test_copy_of_a_thousand_tables_is_equal(
    tmp_path: Path, thousand: Database, target_db: Database, referee: Database, jobs: int
) -> None:
    shell = Shell(tmp_path, thousand, target_db)
    rows = await row_count(thousand)

    arguments = shell.copy_arguments(KEEP, f"--jobs={jobs}")
    kill(shell, arguments, rows=rows // 2)
    ended = shell.run(*arguments)

    assert ended.status == 0, ended.said
    assert len(ended.data["tables"]) == TABLES
    assert rows > 50_000
    assert await row_differences(thousand, target_db, referee) == []
    assert await definition_differences(thousand, target_db) == []
