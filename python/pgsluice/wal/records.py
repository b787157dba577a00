"""Owns how records of the log are read: by pg_walinspect, or not at all. Says why, before anything is measured."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pgsluice.driver import Connection
from pgsluice.driver.quoting import quoted
from pgsluice.errors import ServerError, SluiceError
from pgsluice.wal.bill import RecordKind

#: "auto" reads records where it can and falls back to positions; the others insist.
Way = Literal["auto", "records", "lsn"]

FIRST_VERSION = 15
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


async def read_kinds(
    observer: Connection, inspection: Inspection, start: str, end: str, *, xid: str | None
) -> dict[str, list[RecordKind]]:
    """Give the kinds of records between two positions by owner ("own", "others", "nobody"); without `xid` all are own.

    Raises ServerError where the log of that stretch is already gone.
    """
    kinds: dict[str, list[RecordKind]] = {"own": [], "others": [], "nobody": []}
    if start == end:
        return kinds
    async with _extension(observer, inspection) as schema:
        sql = statement("records").replace("{schema}", quoted(schema))
        for row in await observer.fetch(sql, start, end, xid, doing="reading records of the log"):
            kinds[row["owner"]].append(
                RecordKind(row["kind"], row["count"], row["bytes"], row["images"], row["image_bytes"])
            )
    return kinds


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
