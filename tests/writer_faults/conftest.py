"""Owns the ingester that fault tests share: one target a module, emptied between tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from servers import fresh_database
from writer_faults.ingester import Ingester, WriterProcesses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server


@pytest.fixture(scope="session")
def writer_processes() -> Iterator[WriterProcesses]:
    with WriterProcesses() as found:
        yield found


@pytest.fixture(scope="module")
def shared_ingester(
    writer_processes: WriterProcesses, target_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ingester]:
    with fresh_database(target_server, "ingester") as database:
        ingester = Ingester(writer_processes, database, tmp_path_factory.mktemp("ingester"))
        yield ingester
        ingester.close()


@pytest.fixture
def ingester(shared_ingester: Ingester) -> Ingester:
    """The shared stream with empty tables and no cursor."""
    shared_ingester.database.server.start()
    shared_ingester.reset()
    return shared_ingester
