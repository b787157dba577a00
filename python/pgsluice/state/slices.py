"""Slices: the ranges that a table was cut into, remembered so that every process cuts it alike."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice._core import Key, RowKey
from pgsluice.driver import Connection


@dataclass(frozen=True)
class StoredSlice:
    """A slice as the target remembers it."""

    slice_number: int
    after_key: bytes | None
    until_key: bytes | None


def _associated(run_id: uuid.UUID, label: str, number: int, bound: str) -> bytes:
    """What a sealed bound is tied to: one that was moved to another place does not open."""
    return json.dumps([str(run_id), label, "slice", number, bound]).encode()


def seal_slice(
    key: Key, run_id: uuid.UUID, label: str, number: int, after: RowKey | None, until: RowKey | None
) -> StoredSlice:
    """Seal the bounds of a slice."""
    sealed = [
        bound.seal(key, _associated(run_id, label, number, name)) if bound is not None else None
        for name, bound in (("after", after), ("until", until))
    ]
    return StoredSlice(number, *sealed)


def open_slice(
    key: Key, run_id: uuid.UUID, label: str, stored: StoredSlice
) -> tuple[RowKey | None, RowKey | None] | None:
    """Open the bounds of a slice; None where they were changed."""
    opened: list[RowKey | None] = []
    for name, sealed in (("after", stored.after_key), ("until", stored.until_key)):
        if sealed is None:
            opened.append(None)
            continue
        bound = RowKey.unseal(key, _associated(run_id, label, stored.slice_number, name), sealed)
        if bound is None:
            return None
        opened.append(bound)
    return opened[0], opened[1]


async def write_slices(
    run_id: uuid.UUID, schema: str, name: str, slices: Sequence[StoredSlice], connection: Connection
) -> None:
    """Remember the slices of a table, in the transaction that says that its copy has begun."""
    await connection.execute(
        """INSERT INTO _pgsluice.slice (run_id, table_schema, table_name, slice_number, after_key, until_key)
           SELECT $1, $2, $3, n, a, u FROM unnest($4::int4[], $5::bytea[], $6::bytea[]) AS s (n, a, u)""",
        run_id,
        schema,
        name,
        [item.slice_number for item in slices],
        [item.after_key for item in slices],
        [item.until_key for item in slices],
        doing="recording the slices",
    )


async def read_slices(connection: Connection, run_id: uuid.UUID) -> dict[str, list[StoredSlice]]:
    """Read the slices of a run by table, in order."""
    rows = await connection.fetch(
        """SELECT table_schema || '.' || table_name AS label, slice_number, after_key, until_key
             FROM _pgsluice.slice WHERE run_id = $1 ORDER BY table_schema, table_name, slice_number""",
        run_id,
        doing="reading the slices",
    )
    found: dict[str, list[StoredSlice]] = {}
    for row in rows:
        fields = dict(row)
        found.setdefault(fields.pop("label"), []).append(StoredSlice(**fields))
    return found
