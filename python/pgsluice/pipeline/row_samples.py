"""Reads the first rows of tables, each in a read-only transaction of its own, and masks them. Nothing is written."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from pgsluice._core import Batch, Key, Program, RawBatch, Refused, RowFault, Splitter, StreamFault
from pgsluice.config.functions import MaskFunction, load_function
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import DataError, PlanRefusedError, SluiceError, StreamError, place
from pgsluice.plan.model import TablePlan
from pgsluice.sources.copy_out import read_by_copy
from pgsluice.sources.model import KeyRange

# A plan waits for nobody: neither behind a lock, nor for a table whose first rows are hard to find.
LOCK_TIMEOUT_MS = 1_000
STATEMENT_TIMEOUT_MS = 5_000
# More than that of one table is not taken at once; its rows are wider than the catalog says.
SAMPLE_BYTES_MAX = 8 * 1024 * 1024
_BEGIN = f"""BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}"""


@dataclass(frozen=True, repr=False)
class MaskedRows:
    """The first rows of a table, masked, and what that took; `size_bytes` is that of the source's rows."""

    batch: Batch
    size_bytes: int
    read_seconds: float
    mask_seconds: float
    # Whether the table has no more.
    is_whole: bool


class _TooLargeError(Exception):
    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows


class RowSampler:
    """One session on the source, opened when it is needed. A failed read costs the session, and no more."""

    def __init__(self, dsn: Dsn, key: Key | None) -> None:
        self._dsn = dsn
        self._key = key
        self._connection: Connection | None = None

    async def masked(self, planned: TablePlan, row_limit: int) -> MaskedRows:
        """Read and mask the first rows of a table, fewer where they are very wide.

        Raises a SluiceError where they cannot be read or masked; it names the column and the row's number.
        """
        functions = {column: load_function(path) for column, path in planned.functions.items()}
        program = self._program(planned, functions)
        await self._connected()  # What that takes is no time of the rows.
        started = time.perf_counter()
        raw, row_limit = await self._read(planned, program, row_limit)
        read = time.perf_counter()
        size_bytes = raw.size_bytes
        try:
            batch = await asyncio.to_thread(program.run, raw)
        except RowFault as fault:
            row, column, reason = fault.args
        else:
            masked = time.perf_counter()
            return MaskedRows(batch, size_bytes, read - started, masked - read, is_whole=batch.rows < row_limit)
        raise DataError(f"could not mask {place(planned.label, column)}: {reason}", detail=f"It is row {row + 1}.")

    def _program(self, planned: TablePlan, functions: dict[str, MaskFunction]) -> Program:
        try:
            return Program(planned.program_text, self._key, functions)
        except Refused:
            pass
        raise PlanRefusedError(f"{place(planned.label)} cannot be masked: the problems of the plan say why")

    async def close(self) -> None:
        """End the session."""
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = await connect(self._dsn, role="source")
        return self._connection

    async def _read(self, planned: TablePlan, program: Program, row_limit: int) -> tuple[RawBatch, int]:
        """Read, and give how many rows were asked for in the end."""
        while True:
            try:
                return await self._read_once(planned, program, row_limit), row_limit
            except _TooLargeError as error:
                row_limit = error.rows

    async def _read_once(self, planned: TablePlan, program: Program, row_limit: int) -> RawBatch:
        splitter = Splitter(program)

        async def sink(chunk: bytes) -> None:
            if splitter.push(chunk) > SAMPLE_BYTES_MAX and 0 < splitter.rows < row_limit:
                raise _TooLargeError(splitter.rows)

        connection = await self._connected()
        try:
            await connection.execute(_BEGIN, doing="opening a read-only transaction")
            await read_by_copy(connection, planned.source, KeyRange(), row_limit, sink)
            await connection.rollback()
            return splitter.finish()
        except StreamFault as fault:
            reason = str(fault)
        except BaseException as error:
            splitter.discard()
            connection.terminate()
            self._connection = None
            if isinstance(error, SluiceError):
                error.with_traceback(None)  # Its frames may hold rows.
            raise
        raise StreamError(f"could not read {place(planned.label)}: {reason}")
