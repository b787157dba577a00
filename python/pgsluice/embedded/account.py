"""Owns the user a server runs as: PostgreSQL refuses root, so root's run as `postgres` or `nobody`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCOUNT_NAMES = ("postgres", "nobody")
COMMAND_TIMEOUT_S = 120.0
# A socket's path holds 103 bytes on macOS and 107 on Linux; a server's own part of it is about 40.
TEMPORARY_PATH_BYTES_MAX = 60


@dataclass(frozen=True)
class Account:
    """Name the unprivileged user; `None` in its place means: stay who we are."""

    name: str
    uid: int
    gid: int


def choose_account(data_directory: Path | None) -> Account | None:
    """Return the user to drop to, or None if this process is not root.

    An existing data directory names its own user: its owner. A new one goes to `postgres`, else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not there on Windows, where `Server` refuses with a clear error

    if data_directory is not None and (data_directory / "PG_VERSION").exists():
        owner = data_directory.stat()
        if owner.st_uid == 0:
            raise EmbeddedServerError(
                "data directory belongs to root, PostgreSQL cannot run as root",
                hint="Give the directory to an unprivileged user with chown -R.",
            )
        return _checked(Account(str(owner.st_uid), owner.st_uid, owner.st_gid))
    for name in ACCOUNT_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return _checked(Account(name, entry.pw_uid, entry.pw_gid))
    raise EmbeddedServerError(
        'no unprivileged user found, expected "postgres" or "nobody"',
        hint="Run as a normal user, or make one of the two.",
    )


def spawn(
    argv: Sequence[str | Path],
    *,
    account: Account | None,
    environment: Mapping[str, str],
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    output: int | IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a program as `account` in a session of its own, so that Ctrl-C here does not reach it.

    ERRORS: OSError if the account may not run the program.
    """
    return subprocess.Popen(
        [os.fspath(part) for part in argv],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
        env=dict(environment),
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def run(
    argv: Sequence[str | Path],
    *,
    account: Account | None,
    environment: Mapping[str, str],
    standard_input: bytes | None = None,
) -> tuple[int, str]:
    """Run a program as `account` to its end, return its exit status and what it said."""
    process = spawn(
        argv,
        account=account,
        environment=environment,
        stdin=subprocess.DEVNULL if standard_input is None else subprocess.PIPE,
        output=subprocess.PIPE,
    )
    with process:
        try:
            said, _ = process.communicate(standard_input, timeout=COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise EmbeddedServerError(
                f'program "{Path(argv[0]).name}" did not end in {COMMAND_TIMEOUT_S:.0f} s'
            ) from None
        finally:
            if process.poll() is None:
                process.kill()
    return process.returncode, said.decode(errors="replace")


def can_enter(account: Account | None, directory: Path) -> bool:
    """Answer by trying, as that user: mode bits alone do not know about ACLs, mounts and parents."""
    status, _ = run(["/bin/sh", "-c", 'cd "$0"', directory], account=account, environment={})
    return status == 0


def choose_temporary_directory(account: Account | None) -> Path:
    """Return a directory for temporary files that `account` can enter and whose path is short."""
    for candidate in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - mkdtemp below
        if len(os.fsencode(candidate)) <= TEMPORARY_PATH_BYTES_MAX and can_enter(account, candidate):
            return candidate
    raise EmbeddedServerError(
        "no temporary directory found that the server's user can enter",
        hint="Set TMPDIR to a short path that other users can enter, for instance /tmp.",
    )


def _checked(account: Account) -> Account:
    """Return the account if we can become it: root of a container may lack the right."""
    try:
        run(["/bin/sh", "-c", ":"], account=account, environment={})
    except OSError as error:
        raise EmbeddedServerError(
            f'cannot become user "{account.name}"',
            detail=error.strerror,
            hint="Run as a normal user, or allow this process to change its user.",
        ) from None
    return account
