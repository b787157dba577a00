"""Owns standard output: what was written there, and that a reader who leaves is no error."""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pgsluice.errors import PlanRefusedError, ResumeRefusedError, RulesError, SluiceError

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Output(io.RawIOBase):
    """Standard output under a watch: `pgsluice masks | head -1` ends as it would have ended unread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.has_written = False

    def fileno(self) -> int:
        """Its descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Say that it is for writing."""
        return True

    def write(self, data: Buffer) -> int:
        """Write; what follows goes nowhere once the reader has left.

        Raises SluiceError where it cannot be written: the disk is full.
        """
        self.has_written = True
        try:
            return os.write(self._descriptor, data)
        except BrokenPipeError:
            self._leave()
        except OSError as error:
            self._leave()
            raise SluiceError(f"could not write to standard output: {error.strerror}") from None
        return memoryview(data).nbytes

    def _leave(self) -> None:
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, self._descriptor)
        os.close(nobody)


def watched_output() -> Output:
    """Put standard output under the watch."""
    output = Output(sys.stdout.fileno())
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(output),
        encoding=sys.stdout.encoding,
        errors=sys.stdout.errors,
        line_buffering=output.isatty(),
    )
    return output


@dataclass(frozen=True)
class Failure:
    """Why a command ends with another status than 0, without a value."""

    code: str
    message: str
    exit_status: int
    detail: str | None = None
    hint: str | None = None
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: SluiceError) -> Failure:
        """Take what an error says."""
        problems = error.problems if isinstance(error, PlanRefusedError | ResumeRefusedError | RulesError) else ()
        detail = None if problems else error.detail
        return cls(error.code, error.message, error.exit_status, detail, error.hint, problems)


def write_failure(failure: Failure) -> None:
    """Write it as JSON: what a program that asked for JSON gets where there is nothing else to say."""
    sys.stdout.write(json.dumps({"error": asdict(failure)}, indent=2) + "\n")
