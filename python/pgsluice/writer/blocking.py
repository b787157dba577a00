"""`BlockingWriter`: the Writer for programs without an event loop. It has one of its own, in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from pgsluice.config.rejects import Rejects
from pgsluice.config.table import Context, Table
from pgsluice.driver import Dsn
from pgsluice.errors import SluiceError, UsageError
from pgsluice.plan.writing import WritePlan
from pgsluice.writer.flushed import Flushed
from pgsluice.writer.settings import WriterSettings
from pgsluice.writer.writer import Writer

T = TypeVar("T")


class BlockingWriter:
    """Do what `Writer` does, in calls that return when it is done; several threads may use it.

        with BlockingWriter("postgresql://localhost/shop", {"balances": Table()}) as writer:
            writer.write("balances", [(1, "usd", 10)])

    `where` is a DSN: connections and pools of asyncpg belong to the loop they were made in. A process that was forked
    off has to make a writer of its own.
    """

    def __init__(
        self,
        where: str | Dsn,
        tables: Mapping[str, Table],
        *,
        context: Context = "live",
        settings: WriterSettings | None = None,
        rejects: Rejects | None = None,
    ) -> None:
        if not isinstance(where, str | Dsn):
            raise UsageError("a blocking writer takes a DSN", hint="Use Writer with connections and pools of asyncpg.")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        # A call is given to a loop that runs until it is done.
        self._handing_over = threading.Lock()
        self._is_over = False
        self._writer = Writer(where, tables, context=context, settings=settings, rejects=rejects)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._run(self._writer.close() if error is None else self._writer.abort())
        finally:
            self._stop()

    def start(self) -> None:
        """See `Writer.start`."""
        if self._is_over or self._thread is not None:
            raise UsageError("the writer is closed" if self._is_over else "the writer has begun already")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_serve, args=(self._loop,), name="pgsluice writer", daemon=True)
        self._thread.start()
        try:
            self._run(self._writer.start())
        except BaseException:
            self._stop()
            raise

    def close(self) -> None:
        """See `Writer.close`."""
        if not self._is_over:
            self._run(self._writer.close())
            self._stop()

    def abort(self) -> None:
        """See `Writer.abort`."""
        if not self._is_over:
            try:
                self._run(self._writer.abort())
            finally:
                self._stop()

    def write(self, table: str, rows: Any) -> int:
        """See `Writer.write`."""
        try:
            return self._run(self._writer.write(table, rows))
        except SluiceError as error:
            del rows  # What collects the locals of frames must find no row in ours.
            raise error.with_traceback(None) from error.__cause__

    def flush(self) -> Flushed:
        """See `Writer.flush`."""
        return self._run(self._writer.flush())

    def fold(self) -> None:
        """See `Writer.fold`."""
        self._run(self._writer.fold())

    @property
    def rejected(self) -> int:
        """See `Writer.rejected`."""
        return self._writer.rejected

    def discard(self) -> int:
        """See `Writer.discard`."""
        return self._run(_discarded(self._writer))

    def explain(self) -> list[WritePlan]:
        """See `Writer.explain`."""
        return self._writer.explain()

    def position(self, cursor: str) -> int | None:
        """See `Writer.position`."""
        return self._run(self._writer.position(cursor))

    def gaps(self, cursor: str, start: int, end: int) -> list[tuple[int, int]]:
        """See `Writer.gaps`."""
        return self._run(self._writer.gaps(cursor, start, end))

    @contextmanager
    def batch(self, cursor: str, start: int, end: int) -> Iterator[BlockingBatch]:
        """See `Writer.batch`."""
        block = self._writer.batch(cursor, start, end)
        batch = self._run(block.__aenter__())
        try:
            yield BlockingBatch(lambda table, rows: self._run(batch.write(table, rows)))
        except BaseException as error:
            self._run(block.__aexit__(type(error), error, error.__traceback__))
            raise
        self._run(block.__aexit__(None, None, None))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the loop do it. What interrupts the wait, Ctrl-C for one, ends the work too."""
        with self._handing_over:
            # The thread of a process that was forked is not in the fork.
            if self._is_over or self._loop is None or self._thread is None or not self._thread.is_alive():
                work.close()
                raise self._not_running()
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _not_running(self) -> UsageError:
        if self._is_over:
            return UsageError("the writer is closed")
        if self._thread is None:
            return UsageError(
                "the writer has not begun", hint="Use it inside of `with`, or between start() and close()."
            )
        return UsageError("the writer belongs to another process", hint="Make one in each process, after it is forked.")

    def _stop(self) -> None:
        with self._handing_over:
            was_over, self._is_over = self._is_over, True
        if self._loop is None or self._thread is None or was_over or not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run until stopped; calls of other threads that are not done then are cancelled."""
    asyncio.set_event_loop(loop)
    loop.run_forever()
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
    loop.close()


class BlockingBatch:
    """A batch whose `write` returns when it is done; made by `BlockingWriter.batch`."""

    def __init__(self, write: Callable[[str, Any], int]) -> None:
        self._write = write

    def write(self, table: str, rows: Any) -> int:
        """See `Batch.write`."""
        try:
            return self._write(table, rows)
        except SluiceError as error:
            del rows  # What collects the locals of frames must find no row in ours.
            raise error.with_traceback(None) from error.__cause__


async def _discarded(writer: Writer) -> int:
    return writer.discard()
