"""Remembers which large objects a run has copied: a row a batch, in the transaction of its objects."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.driver import Connection
from pgsluice.errors import ResumeRefusedError
from pgsluice.state.audit import AuditRecord, Event

BATCH_EVENT, DONE_EVENT, FAILED_EVENT = "large-objects", "large-objects-done", "large-objects-failed"


@dataclass(frozen=True)
class LargeObjectBatch:
    """A batch: its number from 1, its objects in order, their bytes, and a keyed digest of them."""

    number: int
    oids: tuple[int, ...]
    size_bytes: int
    digest: bytes
    snapshot: int

    @property
    def event(self) -> Event:
        """What the audit chain tells of it: numbers, and the digest."""
        facts = {"batch": self.number, "objects": len(self.oids), "bytes": self.size_bytes, "digest": self.digest.hex()}
        return Event(BATCH_EVENT, facts)


@dataclass(frozen=True)
class LargeObjectProgress:
    """How far the large objects of a run are."""

    batches: int = 0
    objects: int = 0
    size_bytes: int = 0
    # The last OID that is committed; no object has 0.
    after: int = 0
    is_done: bool = False


async def write_batch(connection: Connection, run_id: uuid.UUID, batch: LargeObjectBatch) -> None:
    """Write a batch down in the open transaction of its objects."""
    await connection.execute(
        """INSERT INTO _pgsluice.large_object_batch (run_id, batch_number, oids, size_bytes, digest, snapshot)
           VALUES ($1, $2, $3::oid[], $4, $5, $6)""",
        run_id,
        batch.number,
        list(batch.oids),
        batch.size_bytes,
        batch.digest,
        batch.snapshot,
        doing="recording large objects",
    )


async def has_batch(connection: Connection, run_id: uuid.UUID, number: int) -> bool:
    """Whether a batch is committed: what decides a COMMIT whose answer was lost."""
    found = await connection.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM _pgsluice.large_object_batch WHERE run_id = $1 AND batch_number = $2)",
        run_id,
        number,
        doing="looking for the checkpoint",
    )
    return bool(found)


async def read_progress(
    connection: Connection, run_id: uuid.UUID, records: Sequence[AuditRecord]
) -> LargeObjectProgress:
    """Read how far an earlier process came.

    Raises ResumeRefusedError where what is stored and what the audit records say are not the same.
    """
    rows = await connection.fetch(
        """SELECT batch_number, cardinality(oids) AS objects, size_bytes, digest, oids[cardinality(oids)] AS last_oid
             FROM _pgsluice.large_object_batch WHERE run_id = $1 ORDER BY batch_number""",
        run_id,
        doing="reading the checkpoints of large objects",
    )
    told = [json.loads(record.record) for record in records if '"event":"large-objects' in record.record]
    recorded = [
        (facts["batch"], facts["objects"], facts["bytes"], facts["digest"])
        for facts in told
        if facts["event"] == BATCH_EVENT
    ]
    stored = [(row["batch_number"], row["objects"], row["size_bytes"], row["digest"].hex()) for row in rows]
    if stored != recorded:
        raise ResumeRefusedError(
            "the checkpoints of large objects were changed after they were written",
            detail="Where the copy stopped cannot be told from them, and it is not guessed.",
            hint='Find out who wrote to "_pgsluice"; to copy anew use "--restart".',
        )
    return LargeObjectProgress(
        batches=len(rows),
        objects=sum(row["objects"] for row in rows),
        size_bytes=sum(row["size_bytes"] for row in rows),
        after=rows[-1]["last_oid"] if rows else 0,
        is_done=any(facts["event"] == DONE_EVENT for facts in told),
    )


async def read_batches(connection: Connection, run_id: uuid.UUID) -> list[tuple[int, list[int]]]:
    """Give the numbers and the objects of a run's batches; none where an older program made the state."""
    is_there = await connection.fetch_value(
        "SELECT to_regclass('_pgsluice.large_object_batch') IS NOT NULL", doing="looking for large objects"
    )
    if not is_there:
        return []
    rows = await connection.fetch(
        "SELECT batch_number, oids FROM _pgsluice.large_object_batch WHERE run_id = $1 ORDER BY batch_number",
        run_id,
        doing="reading the checkpoints of large objects",
    )
    return [(row["batch_number"], list(row["oids"])) for row in rows]


async def forget_batch(connection: Connection, run_id: uuid.UUID, number: int) -> None:
    """Forget a batch, in the transaction that takes its objects away."""
    await connection.execute(
        "DELETE FROM _pgsluice.large_object_batch WHERE run_id = $1 AND batch_number = $2",
        run_id,
        number,
        doing="forgetting the checkpoints of large objects",
    )
