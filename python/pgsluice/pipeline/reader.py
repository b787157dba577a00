"""Reads a slice of a table batch by batch: each is a COPY of its own, complete and counted before anybody sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from functools import partial

from pgsluice._core import Program, RawBatch, RowKey, Splitter, StreamFault
from pgsluice.driver import Connection
from pgsluice.errors import CountMismatchError, ServerError, SluiceError, StreamError
from pgsluice.pipeline.retry import with_retries
from pgsluice.pipeline.settings import CopySettings
from pgsluice.pipeline.source import SourceSide
from pgsluice.plan.model import TablePlan
from pgsluice.points import reached
from pgsluice.sources.copy_out import read_by_copy
from pgsluice.sources.keyset import read_by_select
from pgsluice.sources.model import KeyRange
from pgsluice.state.checkpoints import SliceProgress

_READERS = {"copy": read_by_copy, "select": read_by_select}


class ReadBatch:
    """A whole batch of source rows: its number in the slice, from 1, its snapshot, and the key of its last row."""

    def __init__(
        self, number: int, raw: RawBatch, last_key: RowKey, *, snapshot: int, rows_before: int, is_last: bool
    ) -> None:
        self.number = number
        self.snapshot = snapshot
        self.last_key = last_key
        # Rows of the slice up to the end of this batch.
        self.rows_in_all = rows_before + raw.rows
        self.is_last = is_last
        self.size_bytes = raw.size_bytes
        self._raw: RawBatch | None = raw

    def take(self) -> RawBatch:
        """Give the rows away; once they are masked, nobody holds the unmasked ones any more."""
        raw, self._raw = self._raw, None
        if raw is None:
            raise ValueError("the rows of this batch were taken already")
        return raw


class _TooLargeError(Exception):
    """More bytes came than a batch may have; `rows` of them fit."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows


class SnapshotChangedError(SluiceError):
    """A table without a key cannot go on under another snapshot: it has to start again."""

    code = "snapshot-changed"


class BatchReader:
    """Reads what is left of one slice, in the order of its key.

    `generation` is the snapshot that a table without a key is read in, None before its first row. Who reads many
    tables may confirm their locks at once; then this one does not.
    """

    def __init__(
        self,
        source: SourceSide,
        table: TablePlan,
        program: Program,
        settings: CopySettings,
        on_retry: Callable[[int, BaseException], None],
        *,
        generation: int | None,
        is_confirming: bool = True,
    ) -> None:
        self._source = source
        self._table = table
        self._program = program
        self._settings = settings
        self._on_retry = on_retry
        self._connection: Connection | None = None
        self._generation = generation
        self._is_confirming = is_confirming
        self._row_limit = self._first_row_limit()

    async def batches(self, slice_: SliceProgress) -> AsyncGenerator[ReadBatch]:
        """Give the batches of a slice that are not committed yet, numbered on from the last that is."""
        number, after, rows = slice_.batches, slice_.after, slice_.rows
        while True:
            read_range = partial(self._read, KeyRange(after=after, until=slice_.until))
            limit, raw, snapshot = await with_retries(read_range, self._settings.retry, self._on_retry)
            last_key = self._program.last_key(raw)
            if last_key is None:
                return
            number += 1
            after = last_key
            is_last = raw.rows < limit
            self._adapt(raw.rows, raw.size_bytes)
            read = ReadBatch(number, raw, last_key, snapshot=snapshot, rows_before=rows, is_last=is_last)
            rows = read.rows_in_all
            del raw
            yield read
            del read
            if is_last:
                return

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None and self._generation is not None:
            await self._source.give_back(self._connection, self._generation)
            self._connection = None

    async def _read(self, rows: KeyRange) -> tuple[int, RawBatch, int]:
        """Read one batch; a failed try leaves no connection behind, and none of its bytes."""
        while True:
            limit = self._row_limit
            try:
                return limit, *await self._read_stream(rows, limit)
            except _TooLargeError as error:
                # Rows are wider than those before: fewer of them, from the same key.
                self._row_limit = max(1, error.rows)
                await self._drop_connection()
            except ServerError as error:
                await self._drop_connection()
                failure = await self._source.explained(error, [self._table.label])
                break
            except BaseException:
                await self._drop_connection()
                raise
        raise failure

    async def _read_stream(self, rows: KeyRange, limit: int) -> tuple[RawBatch, int]:
        connection, generation = await self._open()
        splitter = Splitter(self._program)
        size_bytes_max = self._settings.batch_bytes_max

        async def sink(chunk: bytes) -> None:
            reached("source-chunk-received")
            size_bytes = splitter.push(chunk)
            reached("source-chunk-split")
            if size_bytes > size_bytes_max and 0 < splitter.rows < limit:
                raise _TooLargeError(splitter.rows)

        read = _READERS[self._settings.extract]
        reached("source-copy-begins")
        try:
            sent = await read(connection, self._table.source, rows, limit, sink)
            raw = splitter.finish()
            if self._is_confirming:
                await self._source.confirm(generation, [self._table.label])
        except StreamFault as fault:
            reason = str(fault)
        except BaseException:
            splitter.discard()  # The error's frames would hold the rows for as long as it lives.
            raise
        else:
            if sent != raw.rows:
                raise CountMismatchError(
                    f'table "{self._table.label}": the source says it sent {sent} rows, {raw.rows} came',
                    detail="Nothing of the batch was written.",
                    hint="Something between the two drops rows; connect to the source directly.",
                )
            reached("source-batch-counted")
            return raw, generation
        raise StreamError(f'could not read table "{self._table.label}": {reason}')

    async def _open(self) -> tuple[Connection, int]:
        if self._connection is None or self._generation is None:
            self._connection, generation = await self._source.connection()
            if self._generation not in {None, generation} and self._table.source.key.kind == "ctid":
                raise SnapshotChangedError(f'table "{self._table.label}" has no key and lost its snapshot')
            self._generation = generation
            await self._connection.name_binary_types(self._table.source.key.types)
        return self._connection, self._generation

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _first_row_limit(self) -> int:
        """Guess the width of a row from the table's size; the guess is put right after each batch."""
        relation = self._table.relation
        if relation.rows_estimate:
            return self._rows_for(relation.size_bytes / relation.rows_estimate)
        return self._settings.batch_rows

    def _adapt(self, rows: int, size_bytes: int) -> None:
        self._row_limit = self._rows_for(size_bytes / rows)

    def _rows_for(self, row_bytes: float) -> int:
        """As many rows as `batch_bytes` hold and at least `batch_rows`, but no more than `batch_bytes_max` hold."""
        settings = self._settings
        wanted = max(settings.batch_rows, int(settings.batch_bytes / max(row_bytes, 1)))
        return max(1, min(wanted, int(settings.batch_bytes_max / max(row_bytes, 1))))
