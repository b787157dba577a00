"""Owns how records of the log are read: by pg_walinspect, or not at all. Says why, before anything is measured."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from pgsluice.driver import Connection
from pgsluice.driver.quoting import quoted
from pgsluice.errors import ServerError, SluiceError, UsageError
from pgsluice.wal.bill import RecordKind

#: "auto" reads records where it can and falls back to positions; the others insist.
Way = Literal["auto", "records", "lsn"]

FIRST_VERSION = 15
#: Whose a record is: of the measured work, of another transaction, or of none that it names.
OWNERS = ("own", "others", "nobody")
# The server writes the records of a piece to temporary files, of 207 MB for 71 MB of short records (version 18).
PIECE_BYTES = 64 * 2**20
_SCHEMA = "_pgsluice_wal"
_RIGHT = "GRANT EXECUTE ON FUNCTION pg_get_wal_records_info(pg_lsn, pg_lsn) TO the role, or give --by lsn."


class WalUnreadableError(SluiceError):
    """The log's records cannot be read on this server or by this role, or there is no log to measure."""

    code = "wal-unreadable"
    exit_status = 4


@dataclass(frozen=True)
class Inspection:
    """How records are read: `schema` is pg_walinspect's, None if it is made for a moment; or `refusal` why not."""

    schema: str | None = None
    refusal: str | None = None

    @property
    def can_read(self) -> bool:
        """Whether there will be records."""
        return self.refusal is None


@cache
def statement(name: str) -> str:
    """The text of one of the .sql files beside this module."""
    return files("pgsluice.wal").joinpath(f"{name}.sql").read_text(encoding="utf-8")


async def choose(observer: Connection, way: Way) -> Inspection:
    """Decide how the log is read. Raises WalUnreadableError on a replica, or where records are a must and cannot be."""
    (row,) = await observer.fetch(statement("inspection"), doing="asking how the log can be read")
    if row["is_replica"]:
        raise WalUnreadableError(
            "the target is a replica, which writes no WAL of its own", hint="Measure on its primary server."
        )
    if way not in get_args(Way):
        raise UsageError("unrecognized way to read the log", hint=f"Ways are {', '.join(get_args(Way))}.")
    if way == "lsn":
        return Inspection(refusal="as asked for")
    refusal, hint = _refusal(row, observer.server_version)
    if refusal and way == "records":
        raise WalUnreadableError(f"cannot read WAL records: {refusal}", hint=hint)
    return Inspection(schema=row["schema"], refusal=refusal)


def _refusal(row: Any, version: int) -> tuple[str | None, str | None]:
    if version < FIRST_VERSION:
        return f"pg_walinspect came with version 15, and this is {version}", "Give --by lsn."
    if row["schema"] is not None:
        return (None, None) if row["may_read"] else ("the role may not call the functions of pg_walinspect", _RIGHT)
    if not row["is_available"]:
        return "pg_walinspect is not installed on the server", "Install PostgreSQL's contrib package, or give --by lsn."
    if not row["is_superuser"]:
        return (
            "pg_walinspect is not in this database, and only a superuser may create it",
            "CREATE EXTENSION pg_walinspect as a superuser; then " + _RIGHT,
        )
    return None, None


@dataclass(frozen=True)
class Stretch:
    """A part of the log: bytes from its beginning, each where a record ends and the next one begins."""

    start: int
    end: int


async def read_kinds(
    observer: Connection, inspection: Inspection, stretch: Stretch, *, own: Sequence[int] | None, ended_after: int
) -> dict[str, list[RecordKind]]:
    """Give the kinds of records of a stretch by owner ("own", "others", "nobody"); all are own where `own` is None.

    `own` are 64-bit ids of transactions that ended after the position `ended_after`; their subtransactions are found
    there. Raises ServerError where the log of the stretch is already gone.
    """
    totals: dict[tuple[str, str], RecordKind] = {}
    async with _extension(observer, inspection) as schema:
        xids = None if own is None else [str(xid % 2**32) for xid in own]
        if xids:
            xids += await _subtransactions(observer, schema, Stretch(ended_after, stretch.end), xids)
        async for rows in _pieces(observer, _with_schema("kinds", schema), stretch, xids):
            for row in rows:
                name = (row["owner"], row["kind"])
                found = RecordKind(row["kind"], row["count"], row["bytes"], row["images"], row["image_bytes"])
                totals[name] = totals[name] + found if name in totals else found
    return {owner: [kind for (whose, _), kind in sorted(totals.items()) if whose == owner] for owner in OWNERS}


async def _subtransactions(observer: Connection, schema: str, stretch: Stretch, xids: list[str]) -> list[str]:
    found: list[str] = []
    async for rows in _pieces(observer, _with_schema("subtransactions", schema), stretch, xids):
        found += [xid for row in rows for xid in row["xids"].split()]
    return found


async def _pieces(observer: Connection, sql: str, stretch: Stretch, xids: list[str] | None) -> AsyncIterator[list[Any]]:
    """Run a query on a stretch piece by piece: the server writes all records of a piece to a temporary file."""
    start, piece_bytes = stretch.start, PIECE_BYTES
    while start < stretch.end:
        end = min(start + piece_bytes, stretch.end)
        rows = await observer.fetch(sql, start, end, xids, doing="reading records of the log")
        yield rows
        # A record that crosses the end of a piece belongs to the next one; one longer than a piece needs a longer one.
        last = max((row["end_byte"] for row in rows if row["end_byte"]), default=start)
        piece_bytes = PIECE_BYTES if last > start else piece_bytes * 2
        start = stretch.end if end == stretch.end else last


def _with_schema(name: str, schema: str) -> str:
    return statement(name).replace("{schema}", quoted(schema))


@contextlib.asynccontextmanager
async def _extension(observer: Connection, inspection: Inspection) -> AsyncIterator[str]:
    """Give the schema of pg_walinspect; one that is made here is rolled back, so nothing stays on the server."""
    if inspection.schema is not None:
        yield inspection.schema
        return
    await observer.execute("BEGIN", doing="BEGIN")
    try:
        await observer.execute(
            f"CREATE SCHEMA {quoted(_SCHEMA)}; CREATE EXTENSION pg_walinspect SCHEMA {quoted(_SCHEMA)}",
            doing="making pg_walinspect for a moment",
        )
        yield _SCHEMA
    finally:
        await observer.rollback()


def why_unread(error: ServerError) -> str:
    """Say in a note why records of a finished measurement are missing."""
    return f"their reading ended with SQLSTATE {error.sqlstate}; where the log is gone, raise wal_keep_size"
