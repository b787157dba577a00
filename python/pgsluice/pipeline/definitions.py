"""Reads the source's definitions in the snapshot of the run, again where that was lost meanwhile."""

from __future__ import annotations

from pgsluice.driver import Dsn
from pgsluice.errors import MissingProgramError, SluiceError
from pgsluice.pipeline.source import SourceSide
from pgsluice.schema.archive import Entry
from pgsluice.schema.dump import dump_definitions
from pgsluice.sources.locks import TableLockedError

DUMP_TRIES_MAX = 3


async def read_definitions(dsn: Dsn, source: SourceSide) -> list[Entry]:
    """Give the definitions of all objects.

    pg_dump tells no SQLSTATE: it is tried again where the snapshot is another one now, or where a replica may have
    cancelled it. Where somebody keeps a table locked, the last error says who.
    """
    for tries_left in reversed(range(DUMP_TRIES_MAX)):
        snapshot, identity = await source.hold(), source.catalog.identity
        try:
            return await dump_definitions(dsn, major=identity.major, snapshot=snapshot)
        except MissingProgramError as error:
            is_lost = await source.hold() != snapshot
            if not tries_left or not (is_lost or identity.is_replica):
                raise
            failure: SluiceError = error
        except TableLockedError as error:
            labels = [relation.label for relation in source.catalog.relations if relation.kind == "r"]
            failure = await source.explained(error, labels)
    raise failure
