"""Owns the file of rejected rows: a JSON line for each, on disk before the good rows commit."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import stat
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path

from pgsluice.driver import Connection
from pgsluice.errors import SluiceError, UsageError
from pgsluice.state.rejects import Reject


class RejectFileError(SluiceError):
    """The file of rejected rows could not be written; the flush was not committed."""

    code = "reject-file"


class RejectFile:
    """Appends to one file, which is locked for this writer alone.

    Records of a flush that was not committed become blanks: a line that is blank is no record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._one_change = threading.Lock()
        # Where the records of flushes stand of which it is not known yet whether they were committed.
        self._open: dict[uuid.UUID, tuple[int, int]] = {}

    def open(self) -> None:
        """Open the file, readable by its owner alone. Raises UsageError where it is another's or others may read it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._descriptor = os.open(self._path, flags, 0o600)
            found = os.fstat(self._descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid():
                self._refuse("is not a file of this user's that nobody else may read", "chmod 600, or name a new file.")
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._end_last_line()
        except BlockingIOError:
            is_locked = True
        except OSError as error:
            raise self._failure(error) from None
        else:
            is_locked = False
        if is_locked:
            self._refuse("is in use by another writer", "Give each writer a file of its own.")

    async def record(self, connection: Connection, flush: uuid.UUID, rejects: Sequence[Reject]) -> None:
        """Put records on disk before the transaction commits."""
        del connection
        await self.settle(flush, is_committed=False)
        lines = b"".join(_line(flush, reject) for reject in rejects)
        await asyncio.to_thread(self._append, flush, lines)

    async def settle(self, flush: uuid.UUID, *, is_committed: bool) -> None:
        """Keep the records of a flush for good, or blank them out."""
        place = self._open.pop(flush, None)
        if place is not None and not is_committed:
            await asyncio.to_thread(self._blank, *place)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, flush: uuid.UUID, lines: bytes) -> None:
        descriptor = self._opened()
        with self._one_change:
            start = os.lseek(descriptor, 0, os.SEEK_END)
            try:
                self._write(start, lines)
            except OSError as error:
                os.ftruncate(descriptor, start)
                raise self._failure(error) from None
        self._open[flush] = (start, len(lines))

    def _blank(self, start: int, length_bytes: int) -> None:
        try:
            with self._one_change:
                if start + length_bytes == os.fstat(self._opened()).st_size:
                    os.ftruncate(self._opened(), start)
                    os.fsync(self._opened())
                elif length_bytes:  # Another flush has written behind it.
                    self._write(start, b" " * (length_bytes - 1) + b"\n")
        except OSError as error:
            raise self._failure(error) from None

    def _write(self, start: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            written = os.pwrite(self._opened(), rest, start)
            rest, start = rest[written:], start + written
        os.fsync(self._opened())

    def _end_last_line(self) -> None:
        """Make a line of its own of what a crash has cut short: it never was a record of a committed flush."""
        descriptor = self._opened()
        end = os.fstat(descriptor).st_size
        if end and os.pread(descriptor, 1, end - 1) != b"\n":
            self._write(end, b"\n")

    def _opened(self) -> int:
        if self._descriptor is None:
            raise RejectFileError(f'reject file "{self._path}" is not open')
        return self._descriptor

    def _refuse(self, why: str, hint: str) -> None:
        self.close()
        raise UsageError(f'reject file "{self._path}" {why}', hint=hint)

    def _failure(self, error: OSError) -> RejectFileError:
        return RejectFileError(
            f'could not write reject file "{self._path}": {error.strerror}',
            detail="No rows are committed without the records of those that were rejected.",
        )


def _line(flush: uuid.UUID, reject: Reject) -> bytes:
    facts = {
        "flush": str(flush),
        "relation": reject.relation,
        "sqlstate": reject.sqlstate,
        "column_name": reject.column,
        "constraint_name": reject.constraint,
        "reason": reject.reason,
        "call": reject.call,
        "position": reject.position,
    }
    return json.dumps(facts | {"given": dict(reject.given)}, separators=(",", ":")).encode() + b"\n"
