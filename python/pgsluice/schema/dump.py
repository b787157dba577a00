"""Reads the definitions of a source's objects by pg_dump, into memory: no file holds them."""

from __future__ import annotations

import asyncio
import re

from pgsluice.catalog.read import statement
from pgsluice.driver import Dsn, connect
from pgsluice.errors import MissingProgramError, NotAllowedError, SluiceError, in_quotes
from pgsluice.schema.archive import Entry, read_entries
from pgsluice.schema.programs import find_pg_dump, run_program
from pgsluice.sources import locks

_DENIED = re.compile(r"permission denied for ([^\n]+)")
# The object that its last query was about.
_ASKED_FOR = re.compile(r"(?:EXECUTE \w+|pg_get_\w+)\('(\d+)'")
_BROKEN = re.compile(r"cache lookup failed for [a-z ]+ \d+|could not open relation with OID \d+")
_ARGUMENTS = (
    "--format=custom",
    "--schema-only",
    "--encoding=UTF8",
    # The target's version may keep words for itself that the source's does not.
    "--quote-all-identifiers",
    "--exclude-schema=_pgsluice",
    "--no-subscriptions",
    "--no-security-labels",
)


class SchemaSourceError(SluiceError):
    """The source itself cannot tell the definition of one of its objects."""

    code = "schema-source"


async def dump_definitions(
    source: Dsn, *, major: int, snapshot: str, started: asyncio.Event | None = None
) -> list[Entry]:
    """Give the definitions of all objects as of `snapshot`, in the order in which they can be made.

    `started` is set when pg_dump runs.
    Raises MissingProgramError without a fitting pg_dump, NotAllowedError where the role may not read some of them,
    SchemaSourceError where the source cannot, and TableLockedError where somebody waits for a lock: pg_dump would
    wait for them, and they for us.
    """
    arguments = [*_ARGUMENTS, f"--lock-wait-timeout={locks.LOCK_TIMEOUT_MS}", f"--snapshot={snapshot}"]
    program = find_pg_dump(major, needs_tls=source.tls.is_always_encrypted)
    status, archive, errors = await run_program(program, source, arguments, started)
    if status == 0:
        return read_entries(archive)
    raise await _why_not(source, errors.decode(errors="replace"), status)


async def _why_not(source: Dsn, errors: str, status: int) -> SluiceError:
    """Say what pg_dump could not read; of its own words only those that hold names and numbers."""
    denied = _DENIED.search(errors)
    if denied:
        return NotAllowedError(
            "the source does not allow reading the definitions of all objects",
            detail=f"Permission was denied for {denied[1]}.",
            hint="Grant the role SELECT on all tables and sequences, or create the target's schema yourself.",
        )
    if "LOCK TABLE" in errors:
        return locks.TableLockedError(
            "could not lock a table of the source to read its definition",
            sqlstate=locks.LOCK_NOT_AVAILABLE,
            hint="Wait for who has a lock on it, or end that session, then run the same command again.",
        )
    asked = _ASKED_FOR.search(errors)
    name = await _name_of(source, int(asked[1])) if asked else None
    if name is not None:
        why = _BROKEN.search(errors)
        return SchemaSourceError(
            f"cannot read the definition of {name} on the source",
            detail=f"The server says: {why[0]}." if why else "Its entry in the catalog is not whole.",
            hint="Mend or drop it there, or create the target's schema yourself.",
        )
    return MissingProgramError(
        f"could not dump the source's schema: pg_dump ended with status {status}",
        hint="Run pg_dump --schema-only on the source by hand to see why, or create the target's schema yourself.",
    )


async def _name_of(source: Dsn, oid: int) -> str | None:
    connection = await connect(source, role="source")
    try:
        rows = await connection.fetch(statement("object_names"), oid, doing="naming an object")
    finally:
        await connection.close()
    return " or ".join(f"{row['kind']} {in_quotes(row['schema'] + '.' + row['name'])}" for row in rows) or None
