"""Owns the record of a rejected row, and the table that the user has named for them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Protocol

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import PlanRefusedError, place

# So many records go in one statement, or fewer that hold wide rows: 500 with a million characters each would be
# more than a message may have.
RECORDS_MAX = 500
CHARS_MAX = 8_000_000
COLUMNS = ("flush", "relation", "sqlstate", "column_name", "constraint_name", "reason", "call", "position", "given")
# Any number that no other lock of ours has: two writers that make the table at once wait for each other.
_LOCK = 7_061_926_450_113


@dataclass(frozen=True, kw_only=True)
class Reject:
    """One row that could not be written. `given` is the row itself, and is in no repr."""

    relation: str
    sqlstate: str | None
    column: str | None
    constraint: str | None
    reason: str
    call: int
    position: int
    given: Mapping[str, str | None] = field(repr=False)


class RejectSink(Protocol):
    """Where records go: in the transaction of the good rows, or on disk before it commits."""

    async def record(self, connection: Connection, flush: uuid.UUID, rejects: Sequence[Reject]) -> None:
        """Record rows in the open transaction; what was recorded for this flush by an earlier try is replaced."""

    async def settle(self, flush: uuid.UUID, *, is_committed: bool) -> None:
        """Hear how the transaction of a flush ended."""

    def close(self) -> None:
        """Let go of what is open."""


class RejectTable:
    """A table on the server that is written to."""

    def __init__(self, schema: str, name: str) -> None:
        self.label = f"{schema}.{name}"
        self._name = qualified(schema, name)

    async def make(self, connection: Connection) -> None:
        """Make the table where it is missing. Raises PlanRefusedError for a table of another form."""
        doing = f"making the reject table {place(self.label)}"
        found = await connection.fetch(
            """SELECT a.attname::text AS name FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped""",
            self._name,
            doing=doing,
        )
        if not found:
            made = _statement("reject_table").replace("%s", self._name)
            await connection.execute(f"SELECT pg_catalog.pg_advisory_xact_lock({_LOCK}); {made}", doing=doing)
            return
        missing = [name for name in COLUMNS if name not in {row["name"] for row in found}]
        if missing:
            raise PlanRefusedError(
                f"cannot record rejected rows in {place(self.label)}",
                problems=tuple(f"{place(self.label)} has no column {name}" for name in missing),
                hint="Name a table that does not exist: it is made.",
            )

    async def record(self, connection: Connection, flush: uuid.UUID, rejects: Sequence[Reject]) -> None:
        """Record rows; the transaction takes care of what an earlier try recorded."""
        sql = _statement("record_rejects").replace("%s", self._name)
        for some in _statements(rejects):
            columns = zip(
                *(
                    (r.relation, r.sqlstate, r.column, r.constraint, r.reason, r.call, r.position, _json(r.given))
                    for r in some
                ),
                strict=True,
            )
            await connection.execute(
                sql, flush, *map(list, columns), doing=f"recording rejected rows in {place(self.label)}"
            )

    async def settle(self, flush: uuid.UUID, *, is_committed: bool) -> None:
        """Nothing: records end as the transaction does."""

    def close(self) -> None:
        """Nothing is open."""


def _statements(rejects: Sequence[Reject]) -> Iterator[list[Reject]]:
    """Put records together that go in one statement: one at least."""
    some: list[Reject] = []
    chars = 0
    for reject in rejects:
        if len(some) >= RECORDS_MAX or chars >= CHARS_MAX:
            yield some
            some, chars = [], 0
        some.append(reject)
        chars += sum(len(text or "") for text in reject.given.values())
    if some:
        yield some


def _json(given: Mapping[str, str | None]) -> str:
    r"""Give a row as JSON that the server can read back.

    One text with a NUL would spoil every query that looks into the table, so it is written as \0, and a surrogate that
    stands alone as \udcff.
    """
    return json.dumps({_readable(name): text and _readable(text) for name, text in given.items()})


def _readable(text: str) -> str:
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


@cache
def _statement(name: str) -> str:
    return files("pgsluice.state").joinpath(f"{name}.sql").read_text(encoding="utf-8")
