"""The audit chain: what was done, by whom, with counts and digests; each record holds the hash of the one before.

A record has no free text and no value: names, counts, digests and codes. The chain stands in the target, each
batch's record in the transaction of its rows, and once more as JSON lines in a file of ours.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice._core import Key
from pgsluice.driver import Connection
from pgsluice.errors import AuditChainError

GENESIS = "0" * 64

INSERT = """INSERT INTO _pgsluice.audit (run_id, sequence, record, previous, hash, mac)
            VALUES ($1, $2, $3, $4, $5, $6)"""


@dataclass(frozen=True)
class Event:
    """What an audit record tells: a name, and facts that are no values of rows."""

    name: str
    facts: dict[str, object]


@dataclass(frozen=True)
class AuditRecord:
    """One record, ready to be stored."""

    run_id: uuid.UUID
    sequence: int
    record: str
    previous: str
    hash: str
    mac: str

    @property
    def fields(self) -> tuple[object, ...]:
        """The values of the target's table, in the order of `INSERT`."""
        return (self.run_id, self.sequence, self.record, self.previous, self.hash, self.mac)


class AuditChain:
    """The end of a run's chain. A record joins it when its transaction is known to have committed."""

    def __init__(self, run_id: uuid.UUID, key: Key, *, sequence: int = 0, last_hash: str = GENESIS) -> None:
        self._run_id = run_id
        self._key = key
        self._sequence = sequence
        self._last_hash = last_hash

    def next_records(self, events: Sequence[Event]) -> list[AuditRecord]:
        """Make the records that would come next; nothing changes before `join`."""
        sequence, previous, records = self._sequence, self._last_hash, []
        for event in events:
            sequence += 1
            body = {"event": event.name, "sequence": sequence, "run": str(self._run_id)} | event.facts
            record = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
            digest = chain_hash(previous, record)
            mac = self._key.mac("audit", digest.encode()).hex()
            records.append(AuditRecord(self._run_id, sequence, record, previous, digest, mac))
            previous = digest
        return records

    def join(self, record: AuditRecord) -> None:
        """Make a committed record the end of the chain."""
        self._sequence = record.sequence
        self._last_hash = record.hash


def chain_hash(previous: str, record: str) -> str:
    """SHA-256 over the hash before, a line feed and the record, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{record}".encode()).hexdigest()


async def read_chain(connection: Connection, run_id: uuid.UUID) -> list[AuditRecord]:
    """Read a run's records in order."""
    rows = await connection.fetch(
        "SELECT run_id, sequence, record, previous, hash, mac FROM _pgsluice.audit WHERE run_id = $1 ORDER BY sequence",
        run_id,
        doing="reading the audit chain",
    )
    return [AuditRecord(**dict(row)) for row in rows]


def verify_chain(records: Sequence[AuditRecord], key: Key | None) -> None:
    """Check order and hashes, and with the key each record's MAC.

    Raises AuditChainError naming the first record that was changed, moved or taken out.
    """
    previous = GENESIS
    for sequence, record in enumerate(records, start=1):
        is_whole = (
            record.sequence == sequence
            and record.previous == previous
            and record.hash == chain_hash(previous, record.record)
        )
        if not is_whole or (key is not None and record.mac != key.mac("audit", record.hash.encode()).hex()):
            raise AuditChainError(
                f"the audit chain of run {record.run_id} does not hold at record {sequence}",
                detail="A record was changed, moved, added or taken out after it was written.",
                hint='Find out who wrote to "_pgsluice"; to copy anew use "--restart".',
            )
        previous = record.hash
