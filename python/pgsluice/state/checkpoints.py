"""Checkpoints: one row a committed batch, in the transaction of its rows, with the sealed key it ended at."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from pgsluice._core import Key, RowKey
from pgsluice.driver import Connection
from pgsluice.errors import ResumeRefusedError, RunLockedError, SluiceError
from pgsluice.state.audit import AuditRecord
from pgsluice.state.slices import StoredSlice, open_slice

BATCH_EVENT, START_EVENT, RESTART_EVENT = "batch", "table-started", "table-restarted"

# One round trip. A process that was taken over finds its token outdated and writes nothing; so does one whose record
# before these is gone: commits do not wait for the disk, and a crash of the target takes the last ones back. A crash
# that took none back has still emptied the unlogged tables.
_COMMIT = """
    WITH fence AS (
        SELECT 1 FROM _pgsluice.run WHERE run_id = $1 AND fencing_token = $2 FOR SHARE
    ), chained AS (
        SELECT 1 WHERE $3::int8 = 0
        UNION ALL
        SELECT 1 FROM _pgsluice.audit WHERE run_id = $1 AND sequence = $3::int8 AND hash = $4
    ), filled AS (
        SELECT 1 FROM _pgsluice.run AS r
         WHERE r.run_id = $1
           AND (NOT r.has_unlogged OR EXISTS (SELECT 1 FROM _pgsluice.unlogged AS u WHERE u.run_id = $1))
    ), audit AS (
        INSERT INTO _pgsluice.audit (run_id, sequence, record, previous, hash, mac)
        SELECT $1, r.*
          FROM fence, chained, filled, unnest($5::int8[], $6::text[], $7::text[], $8::text[], $9::text[]) AS r
    ), checkpoint AS (
        INSERT INTO _pgsluice.batch
               (run_id, table_schema, table_name, slice_number, batch_number, snapshot, last_key, row_count,
                size_bytes, digest)
        SELECT $1, b.*
          FROM fence, chained, filled, unnest($10::text[], $11::text[], $12::int4[], $13::int8[], $14::int4[],
                                              $15::bytea[], $16::int8[], $17::int8[], $18::bytea[]) AS b
    )
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM fence) THEN 'fenced'
                WHEN NOT EXISTS (SELECT 1 FROM chained) OR NOT EXISTS (SELECT 1 FROM filled) THEN 'rewound' END"""


_RECORD_FIELDS = ("sequence", "record", "previous", "hash", "mac")


class TargetRewoundError(SluiceError):
    """A crash of the target took rows back that it had acknowledged: they have to be copied again."""

    code = "target-rewound"


@dataclass(frozen=True)
class Checkpoint:
    """A committed batch of a slice; a table that is not cut is slice 1."""

    schema: str
    name: str
    slice_number: int
    batch_number: int
    snapshot: int
    last_key: bytes
    row_count: int
    size_bytes: int
    digest: bytes


@dataclass(frozen=True)
class SliceProgress:
    """How far a slice came: where to go on, where to end, and what is committed."""

    number: int = 1
    batches: int = 0
    rows: int = 0
    after: RowKey | None = None
    until: RowKey | None = None


@dataclass(frozen=True)
class TableProgress:
    """How far a table came; without slices it was never begun. `snapshots` are those that its rows are of."""

    slices: tuple[SliceProgress, ...] = ()
    snapshots: frozenset[int] = frozenset()

    @property
    def batches(self) -> int:
        """Batches that are committed."""
        return sum(item.batches for item in self.slices)

    @property
    def rows(self) -> int:
        """Rows that are committed."""
        return sum(item.rows for item in self.slices)


def associated_data(
    run_id: uuid.UUID, label: str, slice_number: int, batch_number: int, rows: int, digest: bytes
) -> bytes:
    """What a sealed key is tied to: a checkpoint that was moved or changed does not open."""
    return json.dumps([str(run_id), label, slice_number, batch_number, rows, digest.hex()]).encode()


async def write_records(
    connection: Connection, fencing_token: int, records: Sequence[AuditRecord], checkpoints: Sequence[Checkpoint] = ()
) -> None:
    """Write audit records, and the checkpoints they tell of, into the open transaction of the rows.

    Raises RunLockedError if another process has taken the run over, TargetRewoundError if the target lost the record
    before these, or the rows of unlogged tables.
    """
    first = records[0]
    refusal = await connection.fetch_value(
        _COMMIT,
        first.run_id,
        fencing_token,
        first.sequence - 1,
        first.previous,
        *([getattr(record, field) for record in records] for field in _RECORD_FIELDS),
        *([getattr(checkpoint, field.name) for checkpoint in checkpoints] for field in fields(Checkpoint)),
        doing="writing the checkpoint",
    )
    _raise_if_refused(refusal)


def _raise_if_refused(refusal: str | None) -> None:
    if refusal == "fenced":
        raise RunLockedError(
            "another process has taken this run over",
            detail="This one commits nothing any more.",
            hint='See "pgsluice status" for how far the run is.',
        )
    if refusal == "rewound":
        raise TargetRewoundError(
            "the target took commits back",
            detail="A crash takes back what was not on its disk yet; rows and checkpoints went together.",
            hint="Run the same command again: it goes on where the target is.",
        )


async def has_checkpoint(
    connection: Connection, run_id: uuid.UUID, schema: str, name: str, slice_number: int, batch_number: int
) -> bool:
    """Whether a batch is committed: what decides a COMMIT whose answer was lost."""
    found = await connection.fetch_value(
        """SELECT EXISTS (SELECT 1 FROM _pgsluice.batch
            WHERE run_id = $1 AND table_schema = $2 AND table_name = $3 AND slice_number = $4 AND batch_number = $5)""",
        run_id,
        schema,
        name,
        slice_number,
        batch_number,
        doing="looking for the checkpoint",
    )
    return bool(found)


async def read_checkpoints(
    connection: Connection, run_id: uuid.UUID, *, table: tuple[str, str] | None = None
) -> dict[str, list[Checkpoint]]:
    """Read the committed batches of a run, or of one table (schema, name), by table, in order."""
    schema, name = table or (None, None)
    rows = await connection.fetch(
        """SELECT table_schema AS schema, table_name AS name, slice_number, batch_number, snapshot, last_key,
                  row_count, size_bytes, digest
             FROM _pgsluice.batch
            WHERE run_id = $1 AND ($2::text IS NULL OR (table_schema, table_name) = ($2::text, $3::text))
            ORDER BY table_schema, table_name, slice_number, batch_number""",
        run_id,
        schema,
        name,
        doing="reading the checkpoints",
    )
    found: dict[str, list[Checkpoint]] = {}
    for row in rows:
        found.setdefault(f"{row['schema']}.{row['name']}", []).append(Checkpoint(**dict(row)))
    return found


def check_against_audit(
    checkpoints: dict[str, list[Checkpoint]], slices: dict[str, list[StoredSlice]], records: Sequence[AuditRecord]
) -> None:
    """Every batch has its record and every record its batch, with equal counts and digests; no slice is missing.

    Raises ResumeRefusedError where rows of any were added, changed or taken out by hand.
    """
    recorded: dict[str, list[tuple[int, int, int, int, str]]] = {}
    cut: dict[str, int] = {}
    for record in records:
        facts = json.loads(record.record)
        if facts["event"] == RESTART_EVENT:
            recorded.pop(facts["table"], None)
            cut.pop(facts["table"], None)
        elif facts["event"] == START_EVENT:
            cut[facts["table"]] = facts["slices"]
        elif facts["event"] == BATCH_EVENT:
            entry = (facts["slice"], facts["batch"], facts["snapshot"], facts["rows"], facts["digest"])
            recorded.setdefault(facts["table"], []).append(entry)
    stored = {
        label: [
            (item.slice_number, item.batch_number, item.snapshot, item.row_count, item.digest.hex()) for item in items
        ]
        for label, items in checkpoints.items()
    }
    for label in sorted(stored.keys() | recorded.keys() | cut.keys()):
        # Slices commit in any order between them.
        is_recorded = stored.get(label, []) == sorted(recorded.get(label, []))
        if not is_recorded or cut.get(label, 1) != max(1, len(slices.get(label, []))):
            raise _changed(label)


def progress(
    key: Key, run_id: uuid.UUID, label: str, checkpoints: Sequence[Checkpoint], slices: Sequence[StoredSlice]
) -> TableProgress:
    """Open the last checkpoint of each slice of a table and sum up.

    Raises ResumeRefusedError if one does not open: it was changed, or the key is another one.
    """
    if not checkpoints and not slices:
        return TableProgress()
    bounds = {item.slice_number: open_slice(key, run_id, label, item) for item in slices} or {1: (None, None)}
    by_slice: dict[int, list[Checkpoint]] = {number: [] for number in bounds}
    for item in checkpoints:
        if item.slice_number not in by_slice:
            raise _changed(label)
        by_slice[item.slice_number].append(item)
    found = []
    end: RowKey | None = None
    for number, (slice_number, pair) in enumerate(bounds.items(), start=1):
        # The slices lie one behind the other, without a gap, from the first key to the last.
        if slice_number != number or pair is None or not _is_same(pair[0], end):
            raise _changed(label)
        found.append(_slice_progress(key, run_id, label, SliceProgress(number, 0, 0, *pair), by_slice[number]))
        end = pair[1]
    if end is not None:
        raise _changed(label)
    return TableProgress(tuple(found), frozenset(item.snapshot for item in checkpoints))


def _is_same(one: RowKey | None, other: RowKey | None) -> bool:
    return (one.fields() if one else None) == (other.fields() if other else None)


def _slice_progress(
    key: Key, run_id: uuid.UUID, label: str, whole: SliceProgress, checkpoints: Sequence[Checkpoint]
) -> SliceProgress:
    if not checkpoints:
        return whole
    last = checkpoints[-1]
    associated = associated_data(run_id, label, last.slice_number, last.batch_number, last.row_count, last.digest)
    after = RowKey.unseal(key, associated, last.last_key)
    if after is None or last.batch_number != len(checkpoints):
        raise _changed(label)
    return replace(
        whole,
        batches=last.batch_number,
        rows=sum(item.row_count for item in checkpoints),
        after=after,
    )


async def forget_table(connection: Connection, run_id: uuid.UUID, schema: str, name: str) -> None:
    """Take a table's checkpoints and slices away, in the transaction that takes its rows away."""
    for state in ("batch", "slice"):
        await connection.execute(
            f"DELETE FROM _pgsluice.{state} WHERE run_id = $1 AND table_schema = $2 AND table_name = $3",  # noqa: S608 - ours
            run_id,
            schema,
            name,
            doing="forgetting the checkpoints",
        )


async def forget_tables(connection: Connection, run_id: uuid.UUID) -> None:
    """Take the checkpoints and slices of all tables away, in the transaction that takes their rows away."""
    for state in ("batch", "slice"):
        await connection.execute(
            f"DELETE FROM _pgsluice.{state} WHERE run_id = $1",  # noqa: S608 - ours
            run_id,
            doing="forgetting the checkpoints",
        )


def _changed(label: str) -> ResumeRefusedError:
    return ResumeRefusedError(
        f'the checkpoints of table "{label}" were changed after they were written',
        detail="Where the copy stopped cannot be told from them, and it is not guessed.",
        hint='Find out who wrote to "_pgsluice"; to copy anew use "--restart".',
    )
