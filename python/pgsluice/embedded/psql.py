"""Owns running statements through `psql`: the launcher needs no driver and no event loop."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from pgsluice.embedded.binaries import environment_for
from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from pathlib import Path

_SQLSTATE = re.compile(r"\b(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5})\b")


def run_psql(sql: str, *, binaries: Path, host: str, port: int, user: str, password: str, database: str) -> str:
    """Return the rows as psql prints them unaligned.

    ERRORS: only the SQLSTATE is told, because the server's own words may quote a row.
    """
    program = binaries / "psql"
    if not program.is_file():
        raise EmbeddedServerError(f'directory "{binaries}" lacks the program psql')
    connection = f"host={host} port={port} user={user} dbname={_connection_value(database)}"
    options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-f", "-"]
    # The statements go through a pipe and the password through the environment: all users can read arguments.
    ended = subprocess.run(
        [program, *options, "-d", connection],
        input=sql.encode(),
        env=environment_for(binaries) | {"PGPASSWORD": password, "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        check=False,
    )
    if ended.returncode != 0:
        state = _SQLSTATE.search(ended.stderr.decode(errors="replace"))
        raise EmbeddedServerError(
            f"server refused a statement, SQLSTATE {state[1]}"
            if state
            else f'program "psql" could not connect or be run, exit status {ended.returncode}'
        )
    return ended.stdout.decode().rstrip("\n")


def quote_identifier(name: str) -> str:
    """Quote a name for use in a statement."""
    return '"' + name.replace('"', '""') + '"'


def _connection_value(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
