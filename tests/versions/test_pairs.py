"""The shop copied with its masks from servers of every version to servers of others, compared by the servers' text."""

from __future__ import annotations

import asyncio
import os
from functools import cache
from typing import TYPE_CHECKING

import pytest

from commands import KEY, Shell
from pgsluice import api
from pgsluice._core import Key
from pgsluice.driver import Dsn
from servers import Database, fresh_database
from stopping import kill
from versions.majors import MAJORS, Majors
from versions.shop import Digests, definitions, digests, make_shop, rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.db, pytest.mark.slow]

#: "all" copies from each version to each; else these are enough to see where two versions differ.
VARIABLE = "PGSLUICE_TEST_PAIRS"
ALL = [(source, target) for source in MAJORS for target in MAJORS]
FAR = [(14, 18), (18, 14), (15, 17), (17, 15)]
CHOSEN = ALL if os.environ.get(VARIABLE) == "all" else [pair for pair in ALL if abs(pair[0] - pair[1]) < 2] + FAR


class Sources:
    """Make the shop once on each version that is asked for."""

    def __init__(self, majors: Majors) -> None:
        self.majors = majors
        self.database = cache(self._made)

    def _made(self, major: int) -> Database:
        server = self.majors.server(major)
        server.create_database("shop")
        database = Database(server, "shop")
        make_shop(database)
        return database


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    with Majors() as majors:
        yield Sources(majors)


@pytest.fixture(scope="module")
def masked(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Digests:
    """What the masks make of the shop between two servers of the newest version."""
    newest = MAJORS[-1]
    with fresh_database(sources.majors.server(newest), "masked") as target:
        asyncio.run(copy(sources.database(newest), target, tmp_path_factory.mktemp("masked")))
        return digests(target)


async def copy(source: Database, target: Database, directory: Path) -> None:
    """Copy in this process: the masks' words are loaded once for all copies."""
    path = directory / "rules.toml"
    path.write_text(rules())
    report = await api.copy(
        Dsn.parse(source.dsn, role="source"),
        Dsn.parse(target.dsn, role="target"),
        path,
        Key(KEY),
        audit_directory=directory,
    )
    api.raise_if_failed(report)


@pytest.mark.parametrize(("source", "target"), CHOSEN)
async def test_copy_between_versions_is_equal(
    sources: Sources, masked: Digests, tmp_path: Path, source: int, target: int
) -> None:
    origin = sources.database(source)
    with fresh_database(sources.majors.server(target), "copy") as copied:
        await copy(origin, copied, tmp_path)

        assert digests(copied, only_kept=True) == digests(origin, only_kept=True)
        # A mask gives the same, whichever servers read and write.
        assert digests(copied) == masked != digests(origin)
        assert definitions(copied) == definitions(origin)


@pytest.mark.parametrize("major", MAJORS)
async def test_copy_killed_half_way_goes_on(sources: Sources, masked: Digests, tmp_path: Path, major: int) -> None:
    with fresh_database(sources.majors.server(major), "resumed") as copied:
        shell = Shell(tmp_path, sources.database(major), copied)
        arguments = shell.copy_arguments(rules().replace("version = 1\n", "", 1), "--batch-rows=400", "--batch-bytes=1")
        kill(shell, arguments, batches=10)
        [killed] = await api.status(Dsn.parse(copied.dsn, role="target"))
        assert killed.state == "running"

        ended = shell.run(*arguments)

        assert ended.status == 0, ended.said
        assert ended.data["resumed"]
        assert digests(copied) == masked
        [status] = await api.status(Dsn.parse(copied.dsn, role="target"), Key(KEY))
        assert (status.state, status.audit_problem) == ("done", None)


async def test_plan_reads_the_catalog_of_every_version_alike(sources: Sources, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules())

    plans = [await api.plan(Dsn.parse(sources.database(major).dsn, role="source"), path, Key(KEY)) for major in MAJORS]

    assert [plan.problems for plan in plans] == [()] * len(MAJORS)
    assert len({plan.plan_hash for plan in plans}) == 1
