"""What is refused of large objects before the first row, and what a restart takes away of them."""

from __future__ import annotations

import uuid

from pgsluice.driver import Connection, connect
from pgsluice.errors import PlanRefusedError
from pgsluice.pipeline.request import CopyRequest
from pgsluice.sources.large_objects import read_oids
from pgsluice.state.large_objects import forget_batch, read_batches
from pgsluice.strategies.large_objects import present_oids, unlink

OIDS_AT_ONCE = 10_000


async def refuse_present_large_objects(
    request: CopyRequest, control: Connection, previous_run: uuid.UUID | None
) -> None:
    """Raise PlanRefusedError where the target has objects under the OIDs of the source's.

    Those of the run that a restart replaces are taken away first, and do not count.
    """
    own: set[int] = set()
    if previous_run is not None:
        own.update(oid for _, oids in await read_batches(control, previous_run) for oid in oids)
    source = await connect(request.source, role="source", deadlines=request.settings.deadlines)
    count, after = 0, 0
    try:
        while oids := await read_oids(source, after, OIDS_AT_ONCE):
            after = oids[-1]
            count += sum(oid not in own for oid in await present_oids(control, oids))
    finally:
        await source.close()
    if count:
        raise PlanRefusedError(
            f"the target has {count} of the source's large objects already, or others under the same OIDs",
            hint="Remove them (vacuumlo, lo_unlink), or leave out --large-objects.",
        )


async def remove_large_objects(control: Connection, run_id: uuid.UUID | None) -> None:
    """Take away what a run has copied, a batch a transaction: each object is a lock until its end."""
    if run_id is None:
        return
    for number, oids in reversed(await read_batches(control, run_id)):
        async with control.transaction():
            await unlink(control, oids)
            await forget_batch(control, run_id, number)
