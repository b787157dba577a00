"""Verifies copies between the oldest and the newest version: both write the same values alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEY
from pgsluice import api
from pgsluice._core import Key
from pgsluice.driver import Dsn
from servers import fresh_database
from verified import found_in
from versions.majors import MAJORS, Majors
from versions.test_pairs import Sources, copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.db, pytest.mark.slow]


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    with Majors() as majors:
        yield Sources(majors)


@pytest.mark.parametrize(("source", "target"), [(MAJORS[0], MAJORS[-1]), (MAJORS[-1], MAJORS[0])])
async def test_verify_copy_between_versions_finds_nothing(
    sources: Sources, tmp_path: Path, source: int, target: int
) -> None:
    origin = sources.database(source)
    with fresh_database(sources.majors.server(target), "verified") as copied:
        await copy(origin, copied, tmp_path)

        report = await api.verify(
            Dsn.parse(origin.dsn, role="source"),
            Dsn.parse(copied.dsn, role="target"),
            tmp_path / "rules.toml",
            Key(KEY),
        )

        assert found_in(report) == set()
        assert report.differences == ()
        assert report.notes == ()
        assert report.objects
        assert report.foreign_keys
