"""The audit chain as JSON lines: each record is on disk before its transaction commits.

A line is `prepared` before COMMIT; `rolled-back` takes the last prepared one back. The chain of a file is its
prepared lines without those taken back, and equals the target's but for one prepared line at the end after a crash.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from pgsluice.errors import AuditError
from pgsluice.state.audit import AuditRecord

PREPARED, ROLLED_BACK = "prepared", "rolled-back"


class AuditFile:
    """Appends to one file; used in threads, one call at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def open(self) -> None:
        """Open for appending, readable by the owner alone. Raises AuditError where that cannot be done."""
        self.close()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failure(error) from None
        self._file = os.fdopen(descriptor, "ab", buffering=0)

    def prepare(self, records: Sequence[AuditRecord]) -> None:
        """Put records on disk before their transaction commits; what is not there does not commit."""
        self._append(PREPARED, records)

    def roll_back(self, records: Sequence[AuditRecord]) -> None:
        """Take the last records back: their transaction did not commit."""
        self._append(ROLLED_BACK, records)

    def repair(self, committed: set[str]) -> None:
        """After a crash: take back every record that the target has not."""
        try:
            content = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise self._failure(error) from None
        if content and not content.endswith(b"\n"):  # The crash cut the line short; it never was a record.
            self._write(b"\n")
        open_lines: dict[str, dict[str, object]] = {}
        for line in content.splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if found["state"] == PREPARED:
                open_lines[found["hash"]] = found
            else:
                open_lines.pop(found["hash"], None)
        for known_hash, prepared in open_lines.items():
            if known_hash not in committed:
                facts = {name: prepared[name] for name in ("run", "sequence", "hash")}
                self._write(_line({"state": ROLLED_BACK} | facts | {"repaired": True}))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, state: str, records: Sequence[AuditRecord]) -> None:
        lines = []
        for record in records:
            line: dict[str, object] = {"state": state, "run": str(record.run_id), "sequence": record.sequence}
            if state == PREPARED:
                line |= {"previous": record.previous, "record": record.record, "mac": record.mac}
            lines.append(_line(line | {"hash": record.hash}))
        self._write(b"".join(lines))

    def _write(self, lines: bytes) -> None:
        if self._file is None:
            raise AuditError(f'audit file "{self.path}" is not open')
        descriptor = self._file.fileno()
        size_bytes = os.fstat(descriptor).st_size
        try:
            written = self._file.write(lines)
            os.fsync(descriptor)
        except OSError as error:
            self._cut(size_bytes)
            raise self._failure(error) from None
        if written != len(lines):
            self._cut(size_bytes)
            raise self._failure(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def _cut(self, size_bytes: int) -> None:
        """Take away what there is of lines that could not be written, so that the next one is whole."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), size_bytes)

    def _failure(self, error: OSError) -> AuditError:
        return AuditError(
            f'could not write audit file "{self.path}": {error.strerror}',
            detail="No rows are committed without their audit record.",
            hint="Make room or name another place with --audit-directory.",
        )


def _line(body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
