"""Reads the definitions of a source's objects by pg_dump, into memory: no file holds them."""

from __future__ import annotations

import re

from pgsluice.driver import Dsn
from pgsluice.errors import MissingProgramError, NotAllowedError
from pgsluice.schema.archive import Entry, read_entries
from pgsluice.schema.programs import find_pg_dump, run_program
from pgsluice.sources import locks

_DENIED = re.compile(r"permission denied for (\w+ \w+|\w+)")
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


async def dump_definitions(source: Dsn, *, major: int, snapshot: str | None) -> list[Entry]:
    """Give the definitions of all objects as of `snapshot`, in the order in which they can be made.

    Raises MissingProgramError without a fitting pg_dump, NotAllowedError where the role may not read some, and
    TableLockedError where somebody waits for a lock: pg_dump would wait for them, and they for us.
    """
    arguments = [
        *_ARGUMENTS,
        f"--lock-wait-timeout={locks.LOCK_TIMEOUT_MS}",
        *([f"--snapshot={snapshot}"] if snapshot is not None else []),
    ]
    program = find_pg_dump(major, needs_tls=source.tls.is_always_encrypted)
    status, archive, errors = await run_program(program, source, arguments)
    if status == 0:
        return read_entries(archive)
    denied = _DENIED.search(errors.decode(errors="replace"))
    if denied:
        raise NotAllowedError(
            "the source does not allow reading the definitions of all objects",
            detail=f"Permission was denied for {denied[1]}.",
            hint="Grant the role SELECT on all tables and sequences, or create the target's schema yourself.",
        )
    if b"LOCK TABLE" in errors:
        raise locks.TableLockedError(
            "could not lock a table of the source to read its definition",
            sqlstate=locks.LOCK_NOT_AVAILABLE,
            hint="Wait for who has a lock on it, or end that session, then run the same command again.",
        )
    raise MissingProgramError(
        f"could not dump the source's schema: pg_dump ended with status {status}",
        hint="Run pg_dump --schema-only on the source by hand to see why, or create the target's schema yourself.",
    )
