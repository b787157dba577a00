"""Owns every error a user can meet. Texts name objects, ordinals, counts and codes; never a value.

A driver's error quotes rows and keys, so it is never chained or re-raised: see `pgsluice.driver.failure`.
"""

from __future__ import annotations

from typing import ClassVar


def printable(text: str, *, kept: str = "") -> str:
    """Give a text in which no name can forge a line or turn one around: control and direction marks are escaped."""
    return "".join(
        char if char.isprintable() or char in kept else char.encode("unicode_escape").decode() for char in text
    )


def in_quotes(name: str) -> str:
    """Give a name as messages show it: in double quotes, its own ones doubled as in SQL."""
    return '"' + name.replace('"', '""') + '"'


def place(table: str, column: str | None = None) -> str:
    """Give `table "a.b", column "c"`, as messages begin."""
    return f"table {in_quotes(table)}" + ("" if column is None else f", column {in_quotes(column)}")


class SluiceError(Exception):
    """Say what was being done, what was expected and found, and what to try.

    `code` is stable and kebab-case, `exit_status` is what the command line ends with.
    `message` is one line; `detail` and `hint` are full sentences or None. None of them ever holds a value.
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1
    #: How many rows a call of `Writer.write` took before it raised this.
    rows_taken: int = 0

    def __init__(self, message: str, *, detail: str | None = None, hint: str | None = None) -> None:
        self.message = printable(message)
        self.detail = detail and printable(detail, kept="\n")
        self.hint = hint and printable(hint)
        super().__init__(self.message)
        # What a traceback shows below the message: a program that catches nothing must not keep the reasons to itself.
        for note in (self.detail, self.hint and f"Hint: {self.hint}"):
            if note:
                self.add_note(note)

    def give_hint(self, hint: str) -> None:
        """Add a hint where there is none."""
        if self.hint is None:
            self.hint = printable(hint)
            self.add_note(f"Hint: {self.hint}")

    def __str__(self) -> str:
        return self.message


class UsageError(SluiceError):
    """An option or argument does not make sense."""

    code = "usage"
    exit_status = 2


class RulesError(SluiceError):
    """The rules file cannot be read as rules; `problems` lists every reason at once."""

    code = "rules"
    exit_status = 2

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str | None = None) -> None:
        self.problems = tuple(printable(problem) for problem in problems)
        super().__init__(message, detail="\n".join(self.problems) or None, hint=hint)


class KeyMissingError(SluiceError):
    """No key was given, or it is not a 256-bit key."""

    code = "key"
    exit_status = 2


class PlanRefusedError(SluiceError):
    """The plan holds something that must not be done; `problems` lists every reason at once."""

    code = "plan-refused"
    exit_status = 3

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str | None = None) -> None:
        self.problems = tuple(printable(problem) for problem in problems)
        super().__init__(message, detail="\n".join(self.problems) or None, hint=hint)


class ResumeRefusedError(SluiceError):
    """An earlier run's state does not fit this run: other rules, source or key, or a changed checkpoint.

    `problems` lists by name what is planned otherwise than then.
    """

    code = "resume-refused"
    exit_status = 3

    def __init__(
        self, message: str, *, problems: tuple[str, ...] = (), detail: str | None = None, hint: str | None = None
    ) -> None:
        self.problems = tuple(printable(problem) for problem in problems)
        super().__init__(message, detail=detail or "\n".join(self.problems) or None, hint=hint)


class ConnectError(SluiceError):
    """A server could not be reached, or did not let us in."""

    code = "connect"
    exit_status = 4


class NotAllowedError(SluiceError):
    """The server refused a statement for want of rights."""

    code = "not-allowed"
    exit_status = 4


class RunLockedError(SluiceError):
    """Another process is writing to the same target."""

    code = "run-locked"
    exit_status = 4


class StreamError(SluiceError):
    """Bytes of a COPY stream are not what the format says."""

    code = "stream"


class DataError(SluiceError):
    """A value cannot be masked or written; names the table, column and ordinal of the row."""

    code = "data"


class RowRefusedError(DataError):
    """A value of a row that was given does not fit its column; `position` counts the rows of the call from 0."""

    code = "row-refused"

    def __init__(self, table: str, position: int, column: str | None, reason: str) -> None:
        super().__init__(
            f"{place(table, column)}, row {position}: {reason}",
            detail="Rows are counted from 0 in what was given. This row and those after it were not taken.",
        )
        self.position = position


class ServerError(SluiceError):
    """A server refused a statement; `sqlstate` is its five-character code."""

    code = "server"
    # What more is known where a row is to blame: see `pgsluice.driver.row_errors`. Lines count from 1.
    is_about_row: bool = False
    condition: str | None = None
    copy_line: int | None = None
    column: str | None = None
    constraint: str | None = None

    def __init__(self, message: str, *, sqlstate: str, detail: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, detail=detail, hint=hint)
        self.sqlstate = sqlstate


class ConnectionLostError(ServerError):
    """A connection ended in mid-work; the same work can be tried again on a new one."""

    code = "connection-lost"


class NotConnectedError(ConnectionLostError):
    """A server could not be reached just now; a moment later it may be."""

    code = "connect"
    exit_status = 4


class CountMismatchError(SluiceError):
    """Rows sent, rows acknowledged and rows counted disagree; nothing of the batch was committed."""

    code = "count-mismatch"


class AuditError(SluiceError):
    """An audit record could not be written, or the chain of records does not hold."""

    code = "audit"


class AuditChainError(AuditError):
    """The audit chain of an earlier run does not hold, so nothing is built on its state."""

    code = "audit-chain"
    exit_status = 3


class TablesFailedError(SluiceError):
    """Some tables failed, the others are done."""

    code = "tables-failed"


class ObjectsFailedError(SluiceError):
    """All rows are copied, but some objects of the schema (an index, a view, ...) could not be made or filled."""

    code = "objects-failed"


class MissingProgramError(SluiceError):
    """A PostgreSQL program (pg_dump, postgres) was not found or failed."""

    code = "missing-program"


class EmbeddedServerError(SluiceError):
    """An embedded server could not be made, started or stopped."""

    code = "embedded-server"


class DifferentError(SluiceError):
    """Source and target differ: rows, values, keys or objects; the report says which and how many."""

    code = "different"
    exit_status = 5
