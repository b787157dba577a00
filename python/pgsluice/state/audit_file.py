"""The audit chain as JSON lines: each record is on disk before its transaction commits.

A line is `prepared` before COMMIT; `rolled-back` takes the last prepared one back. The chain of a file is its
prepared lines without those taken back, and equals the target's but for one prepared line at the end after a crash.
"""

from __future__ import annotations

import json
import os
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
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failure(error) from None
        self._file = os.fdopen(descriptor, "ab", buffering=0)

    def prepare(self, record: AuditRecord) -> None:
        """Put a record on disk before its transaction commits; what is not there does not commit."""
        self._append(PREPARED, record, record.record)

    def roll_back(self, record: AuditRecord) -> None:
        """Take the last record back: its transaction did not commit."""
        self._append(ROLLED_BACK, record, None)

    def repair(self, committed: set[str]) -> None:
        """After a crash: take back a last record that the target has not."""
        try:
            lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        except OSError as error:
            raise self._failure(error) from None
        if not lines:
            return
        try:
            last = json.loads(lines[-1])
        except ValueError:  # The crash cut the line short; it never was a record.
            last = {"state": PREPARED, "hash": "", "sequence": 0, "run": ""}
            self._write(b"\n")
        if last["state"] == PREPARED and last["hash"] not in committed:
            last = {
                "state": ROLLED_BACK,
                "run": last["run"],
                "sequence": last["sequence"],
                "hash": last["hash"],
            }
            self._write(_line(last | {"repaired": True}))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, state: str, record: AuditRecord, body: str | None) -> None:
        line: dict[str, object] = {"state": state, "run": str(record.run_id), "sequence": record.sequence}
        if body is not None:
            line |= {"previous": record.previous, "record": body, "mac": record.mac}
        self._write(_line(line | {"hash": record.hash}))

    def _write(self, line: bytes) -> None:
        if self._file is None:
            raise AuditError(f'audit file "{self.path}" is not open')
        try:
            written = self._file.write(line)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failure(error) from None
        if written != len(line):
            raise AuditError(f'could not write all of a record to audit file "{self.path}"', hint="Make room there.")

    def _failure(self, error: OSError) -> AuditError:
        return AuditError(
            f'could not write audit file "{self.path}": {error.strerror}',
            detail="No rows are committed without their audit record.",
            hint="Make room or name another place with --audit-file.",
        )


def _line(body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
