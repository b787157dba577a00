"""Owns the sample copy that fault tests share: one source a module, one target that is emptied between tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.copier import Copier, rows
from faults.forked import Processes
from servers import fresh_database

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from pgsluice.embedded import Server

Rows = dict[str, "Counter[tuple[str | None, ...]]"]


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    with Processes() as found:
        yield found


@pytest.fixture(scope="module")
def shared_copier(
    processes: Processes, source_server: Server, target_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copier]:
    with fresh_database(source_server, "source") as source, fresh_database(target_server, "target") as target:
        copier = Copier(processes, source, target, tmp_path_factory.mktemp("copier"))
        copier.make_source()
        copier.make_target()
        yield copier
        copier.close()


@pytest.fixture(scope="module")
def reference(shared_copier: Copier, target_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What an undisturbed copy with the same key gives, in a database of its own."""
    with fresh_database(target_server, "reference") as target:
        directory = tmp_path_factory.mktemp("reference")
        copier = Copier(shared_copier.processes, shared_copier.source, target, directory)
        copier.make_target()
        ended = copier.copy()
        assert ended.status == 0, ended.output
        found = rows(target)
        copier.check_done(found)
        copier.close()
    source = rows(shared_copier.source)
    for table, column in (("item", 1), ("item", 2), ("kind", 2)):
        masked, plain = ({row[column] for row in side[table]} for side in (found, source))
        assert len(masked) == len(plain)
        assert not masked & plain
    return found


@pytest.fixture
def copier(shared_copier: Copier) -> Copier:
    """The shared copy with an empty target and no run."""
    shared_copier.source.server.start()
    shared_copier.target.server.start()
    shared_copier.until_no_session()
    shared_copier.reset()
    return shared_copier
