"""Owns the bill: what a piece of work wrote to the log, as data. Knows no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class RecordKind:
    """Records of one kind, named as PostgreSQL names them: `Heap/HOT_UPDATE`."""

    name: str
    count: int
    bytes: int
    images: int
    image_bytes: int

    def __add__(self, other: RecordKind) -> RecordKind:
        """Add records of the same kind."""
        return RecordKind(
            self.name,
            self.count + other.count,
            self.bytes + other.bytes,
            self.images + other.images,
            self.image_bytes + other.image_bytes,
        )


@dataclass(frozen=True)
class WalBill:
    """What a piece of work wrote to the write-ahead log.

    With `source` "pg_walinspect", `bytes` is the sum of record lengths, as EXPLAIN (WAL) and pg_stat_wal count them,
    page images included. With "lsn" it is how far the whole server's log grew, and there are no kinds.
    With `scope` "transaction" the records are of the transactions that were measured, with "server" of everybody's.
    `without_xid` are records in the same stretch that name no transaction: pruning, images of pages whose hint bits
    were set, vacuum, checkpoints. Nobody can tell whose they are, so a transaction's `bytes` and `kinds` leave them
    out and the server's count them.
    Rows and updates of a transaction are those of users' tables, updates of the server include the system's.
    `syncs` is how often the session waited for the disk, known from version 18 on and where fsync is on.
    What could not be known is None; `note` says why records or their owner are not known.
    """

    source: Literal["pg_walinspect", "lsn"]
    scope: Literal["transaction", "server"]
    bytes: int
    kinds: tuple[RecordKind, ...] = ()
    without_xid: tuple[RecordKind, ...] = ()
    others_bytes: int | None = None
    commits: int | None = None
    rows_changed: int | None = None
    updates: int | None = None
    hot_updates: int | None = None
    syncs: int | None = None
    note: str | None = None

    @property
    def records(self) -> int | None:
        """Number of records."""
        return sum(kind.count for kind in self.kinds) if self.source == "pg_walinspect" else None

    @property
    def images(self) -> int | None:
        """Number of full-page images: a page's first change after a checkpoint takes the whole page along."""
        return sum(kind.images for kind in self.kinds) if self.source == "pg_walinspect" else None

    @property
    def image_bytes(self) -> int | None:
        """Bytes of full-page images, as compressed as they were written."""
        return sum(kind.image_bytes for kind in self.kinds) if self.source == "pg_walinspect" else None

    @property
    def locks(self) -> int | None:
        """Records of row locks; ON CONFLICT DO UPDATE writes one for each row that it meets, changed or not."""
        return self.count("Heap/LOCK", "Heap2/LOCK_UPDATED") if self.source == "pg_walinspect" else None

    @property
    def hot_share(self) -> float | None:
        """Share of updates that wrote no index entry; None where nothing was updated."""
        if not self.updates or self.hot_updates is None:
            return None
        return self.hot_updates / self.updates

    def count(self, *names: str) -> int:
        """Count records of these kinds; a kind that starts a new page ("+INIT") counts as the kind."""
        return sum(kind.count for kind in self.kinds if kind.name.removesuffix("+INIT") in names)
