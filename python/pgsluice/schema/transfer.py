"""Carries object definitions from source to target in two halves: before the rows and after them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pgsluice.driver import Dsn
from pgsluice.errors import MissingProgramError, NotAllowedError, SluiceError
from pgsluice.schema.programs import find_programs, run_program

Section = Literal["pre-data", "post-data"]

# pg_restore names the entry before each error: "from TOC entry 3456; 2606 16390 CONSTRAINT users users_pkey owner".
_ENTRY = re.compile(r"from TOC entry \d+; \d+ \d+ (?P<entry>.+) \S+$", re.MULTILINE)
_DENIED = re.compile(r"permission denied for (\w+ \w+|\w+)")


class SchemaError(SluiceError):
    """Some objects of the source's schema could not be made on the target."""

    code = "schema"


@dataclass(frozen=True)
class SchemaDump:
    """A dump of definitions, without rows, in pg_dump's own format."""

    path: Path
    restore_program: Path

    async def restore(self, target: Dsn, section: Section, *, is_again: bool = False) -> None:
        """Make one half of the objects, all or none of them. Raises SchemaError naming one that could not be made.

        `is_again` where an earlier process may have made them: they are taken away in the same transaction first.
        """
        arguments = [f"--section={section}", "--no-owner", "--no-privileges", "--single-transaction", str(self.path)]
        if is_again:
            arguments[:0] = ["--clean", "--if-exists"]
        status, errors = await run_program(self.restore_program, target, arguments)
        if b"max_locks_per_transaction" in errors:
            raise SchemaError(
                f"could not make the schema on the target ({section}): it has more objects than locks",
                hint="Raise max_locks_per_transaction on the target for the copy.",
            )
        failed = _failed_entries(errors)
        if failed:
            count = len(failed)
            raise SchemaError(
                f"could not make {count} object{'s' if count > 1 else ''} of the schema on the target ({section})",
                detail="; ".join(failed) + ".",
                hint="Missing extensions and roles are the usual reason; make them on the target first.",
            )
        if status != 0 and b"errors ignored on restore" not in errors:
            raise SchemaError(
                f"could not make the schema on the target ({section}): pg_restore ended with status {status}",
                hint="Check that the role may create schemas and tables in the target database.",
            )


@contextmanager
def dump_directory() -> Iterator[Path]:
    """Give a directory of our own for a dump of definitions; it goes at the end."""
    with tempfile.TemporaryDirectory(prefix="pgsluice-") as directory:
        yield Path(directory)


async def dump_schema(source: Dsn, *, major: int, snapshot: str | None, directory: Path) -> SchemaDump:
    """Write the definitions of all objects as of `snapshot` into `directory`.

    Raises MissingProgramError without a fitting pg_dump, NotAllowedError where the role may not read some.
    """
    dump, restore = find_programs(major)
    path = directory / "schema.dump"
    arguments = ["--format=custom", "--schema-only", "--exclude-schema=_pgsluice", f"--file={path}"]
    if snapshot is not None:
        arguments.append(f"--snapshot={snapshot}")
    status, errors = await run_program(dump, source, arguments)
    if status == 0:
        return SchemaDump(path, restore)
    denied = _DENIED.search(errors.decode(errors="replace"))
    if denied:
        raise NotAllowedError(
            "the source does not allow reading the definitions of all objects",
            detail=f"Permission was denied for {denied[1]}.",
            hint="Grant the role SELECT on all tables and sequences, or create the target's schema yourself.",
        )
    raise MissingProgramError(
        f"could not dump the source's schema: pg_dump ended with status {status}",
        hint="Run pg_dump --schema-only on the source by hand to see why, or create the target's schema yourself.",
    )


def _failed_entries(errors: bytes) -> list[str]:
    """Names of the objects that failed; the server's own words beside them may quote rows and are left out."""
    text = errors.decode(errors="replace")
    return [match["entry"] for match in _ENTRY.finditer(text)]
