"""`copy`: COPY FROM STDIN. The fastest way; a conflict fails the whole batch, so it is for rows that are new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from pgsluice._core import HEADER, TRAILER, Batch, Rows
from pgsluice.driver import Connection
from pgsluice.errors import CountMismatchError
from pgsluice.points import reached
from pgsluice.strategies.shape import Promises, Shape, Strategy, insert_head, selected, where


@dataclass(frozen=True)
class TargetTable:
    """Where a batch goes: a table, its columns in the order of the fields, and the form of the bytes."""

    schema: str
    name: str
    columns: tuple[str, ...]
    copy_format: Literal["binary", "text"]

    @property
    def label(self) -> str:
        """schema.table."""
        return f"{self.schema}.{self.name}"


async def write_by_copy(
    connection: Connection, target: TargetTable, batch: Batch | Rows, *, is_frozen: bool = False
) -> None:
    """Send a batch in the open transaction; nothing of it stays if this raises and the transaction ends.

    `is_frozen` where the transaction has emptied the table, see `strategies.freeze`.

    Raises CountMismatchError if the server's `COPY n` tag does not say as many rows as were sent.
    """
    reached("target-copy-begins")
    written = await connection.copy_in(
        target.schema,
        target.name,
        target.columns,
        _stream(target, batch),
        copy_format=target.copy_format,
        doing=f'writing table "{target.label}"',
        is_frozen=is_frozen,
    )
    if written != batch.rows:
        raise CountMismatchError(
            f'table "{target.label}": expected the target to take {batch.rows} rows, found {written}',
            detail="Nothing of the batch was committed.",
            hint="A trigger or rule on the target may drop rows; take it off for the copy.",
        )


async def _stream(target: TargetTable, batch: Batch | Rows) -> AsyncIterator[bytes]:
    if target.copy_format == "binary":
        yield HEADER
    reached("target-batch-half-sent")
    for ordinal in range(batch.piece_count):
        yield batch.piece(ordinal)
    if target.copy_format == "binary":
        yield TRAILER
    reached("target-batch-sent")


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Insert all rows or fail: what stands in for COPY where the server refuses it."""
    return {name: f"{insert_head(shape)} SELECT {selected(shape)} FROM {rows}{where(gate)}"}


def trial_statement(shape: Shape) -> str:
    """What a server plans where it would take such a COPY: EXPLAIN looks at no COPY."""
    return f"{insert_head(shape)} SELECT {', '.join('NULL' for _ in shape.columns)}"


STRATEGY = Strategy(
    name="copy",
    summary="COPY FROM STDIN in binary; the first load of a table, and backfills of ranges that are new",
    promises=Promises(
        on_conflict="the batch fails, whole",
        cost="No row is locked, and many rows share one record of WAL; the cheapest way",
        is_repeatable=False,
        needs_key=False,
        repeats="sent",
    ),
    sends="copy",
    outcomes="inserted",
    statements=statements,
)
