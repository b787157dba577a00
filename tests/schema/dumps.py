"""Dumps databases as the program does, for tests that look at the archive itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pgsluice.embedded.binaries import environment_for
from pgsluice.schema.programs import find_pg_dump

if TYPE_CHECKING:
    from servers import Database


def archive_of(database: Database) -> bytes:
    """Give pg_dump's archive of all definitions."""
    program = find_pg_dump(database.server.major)
    dumped = subprocess.run(
        [program, "--format=custom", "--schema-only", f"--dbname={database.dsn}"],
        env=environment_for(program.parent), capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return dumped.stdout
