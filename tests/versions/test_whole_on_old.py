"""Whole databases of the oldest version arrive whole, on its own kind and on the newest: compared on the servers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands import KEEP, Shell
from servers import fresh_database
from versions.majors import MAJORS, Majors
from versions.shop import make_shop, rules
from whole.compare import KINDS, definition_differences, row_count, row_differences
from whole.everything import COLUMN_ORDERS, LARGE_OBJECTS, USER_MAPPING, make_everything, make_roles

if TYPE_CHECKING:
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.slow]

OLDEST, NEWEST = MAJORS[0], MAJORS[-1]
TABLES = 200
THOUSAND = Path(__file__).parents[2] / "benches" / "sql" / "thousand.sql"
#: Databases of the oldest version have this locale here, those of the newest C.UTF-8, which knows more letters. A
#: stored computed column like lower(word) is computed by the target, so that both need the same one.
LOCALE = {OLDEST: "", NEWEST: "LOCALE_PROVIDER libc LOCALE 'C'"}
WAIT_S = 60.0


def make_many_tables(database: Database) -> None:
    database.server.psql(THOUSAND.read_text().replace("{tables}", str(TABLES)), database=database.name)


@pytest.fixture(scope="module")
def majors() -> Iterator[Majors]:
    with Majors() as found:
        yield found


@pytest.fixture(scope="module")
def source(majors: Majors) -> Iterator[Callable[[Callable[[Database], None]], Database]]:
    """Sources of the oldest version, each filled once."""
    with ExitStack() as stack:

        def made(fill: Callable[[Database], None]) -> Database:
            database = stack.enter_context(fresh_database(majors.server(OLDEST), "source"))
            fill(database)
            return database

        yield cache(made)


@pytest.fixture(params=[OLDEST, NEWEST])
def target(majors: Majors, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty target, of the oldest version or of the newest."""
    with fresh_database(majors.server(request.param), "target", options=LOCALE[request.param]) as database:
        yield database


@pytest.fixture
def referee(majors: Majors) -> Iterator[Database]:
    """A database that compares the two."""
    with fresh_database(majors.server(NEWEST), "referee") as database:
        yield database


@pytest.fixture
def alike(target: Database) -> Iterator[Callable[[Database], Database]]:
    """Give what the target's definitions are compared with: the source, or what pg_dump and psql make of it there.

    Versions differ in what they say of one and the same object, and in what they call keys of partitions.
    """
    with ExitStack() as stack:

        def made(origin: Database) -> Database:
            if origin.server.major == target.server.major:
                return origin
            plain = stack.enter_context(fresh_database(target.server, "plain", options=LOCALE[target.server.major]))
            program = target.server.binaries / "pg_dump"
            script = subprocess.run(
                [program, "-d", origin.dsn], stdout=subprocess.PIPE, check=True, text=True, timeout=WAIT_S
            ).stdout
            target.server.psql(script, database=plain.name)
            return plain

        yield made


async def test_shop_of_the_oldest_version_is_equal_outside_masked_columns(
    tmp_path: Path,
    source: Callable[[Callable[[Database], None]], Database],
    target: Database,
    alike: Callable[[Database], Database],
    referee: Database,
) -> None:
    origin = source(make_shop)
    masks = rules().replace("version = 1\n", "", 1)
    shell = Shell(tmp_path, origin, target)
    masked = shell.masked_columns(masks)

    ended = shell.copy(masks, "--jobs=2")

    assert ended.status == 0, ended.said
    assert await row_count(origin) > 10_000
    assert await row_differences(origin, target, referee, masked=masked) == []
    assert await definition_differences(alike(origin), target) == []
    # What is masked is another value, or nothing was proved.
    masked["shop.customers"].remove("email")
    assert len(await row_differences(origin, target, referee, masked=masked)) == 1


async def test_one_of_everything_of_the_oldest_version_is_equal_but_for_what_the_plan_names(
    tmp_path: Path,
    source: Callable[[Callable[[Database], None]], Database],
    target: Database,
    alike: Callable[[Database], Database],
    referee: Database,
) -> None:
    origin = source(make_everything)
    make_roles(target.server)
    shell = Shell(tmp_path, origin, target)

    ended = shell.copy(KEEP, "--rights", "--jobs=2")

    assert ended.status == 0, ended.said
    assert await row_count(origin) > 18_000
    assert await row_differences(origin, target, referee) == []
    different = await definition_differences(alike(origin), target, kinds=KINDS | {"rights"})
    # pg_dump's plain script makes columns in the same order as pgsluice does.
    orders = COLUMN_ORDERS if target.server.major == OLDEST else frozenset()
    assert {line.partition("\n")[0] for line in different} == orders | USER_MAPPING | LARGE_OBJECTS


async def test_many_tables_of_the_oldest_version_are_equal(
    tmp_path: Path,
    source: Callable[[Callable[[Database], None]], Database],
    target: Database,
    alike: Callable[[Database], Database],
    referee: Database,
) -> None:
    origin = source(make_many_tables)
    shell = Shell(tmp_path, origin, target)

    ended = shell.copy(KEEP, "--jobs=2")

    assert ended.status == 0, ended.said
    assert len(ended.data["tables"]) == TABLES
    assert await row_count(origin) > 10_000
    assert await row_differences(origin, target, referee) == []
    assert await definition_differences(alike(origin), target) == []
