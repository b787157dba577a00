"""Which snapshot a reader's rows are of, when the snapshot changes under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice.driver import DEFAULT_DEADLINES, Dsn
from pgsluice.errors import ConnectionLostError
from pgsluice.pipeline.source import SourceSide
from pgsluice.sources.snapshot import open_snapshot

if TYPE_CHECKING:
    from pgsluice.sources.snapshot import Snapshot
    from servers import Database

pytestmark = pytest.mark.db


class Alone:
    """Nobody else holds the snapshot."""

    async def rejoin(self) -> None:
        return None

    async def renewed(self, snapshot: Snapshot, generation: int) -> None: ...


async def test_reader_of_a_lost_snapshot_is_not_confirmed_by_the_locks_of_the_next(source_db: Database) -> None:
    """Somebody else had taken a new snapshot already: its locks were taken for those of the old one."""
    await source_db.aexecute("CREATE TABLE t (id int)")
    dsn = Dsn.parse(source_db.dsn, role="source")
    first = await open_snapshot(dsn)
    side = SourceSide(dsn, first, DEFAULT_DEADLINES, Alone(), generation=1)
    reader, generation = await side.connection()
    await side.confirm(generation, ["public.t"])
    await first.close()
    await source_db.aexecute("TRUNCATE t")
    await side.hold()

    with pytest.raises(ConnectionLostError):
        await side.confirm(generation, ["public.t"])

    assert side.generation == 2
    await side.give_back(reader, generation)
    await side.close()
