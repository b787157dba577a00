"""Owns a server's files: the data directory, our configuration files, and the superuser's password in it."""

from __future__ import annotations

import os
import re
import secrets
import socket
from typing import TYPE_CHECKING

from pgsluice.embedded.account import Account, can_enter, run
from pgsluice.embedded.binaries import environment_for
from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Setting = str | int | float | bool

SUPERUSER = "postgres"
# Below the ranges that Linux (32768 up) and macOS (49152 up) give to outgoing connections: a server that is
# down for a moment must find its port free again.
PORT_FIRST, PORT_LAST = 20000, 32000
PORT_TRIES_MAX = 100
BUILTIN_LOCALE_MAJOR_MIN = 17
SAID_MAX = 4000
RESERVED_SETTINGS = frozenset(
    {"config_file", "data_directory", "hba_file", "logging_collector", "port", "unix_socket_directories"}
)
_SETTING_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?", re.IGNORECASE)
# Other users of the machine can reach the port, so that nobody gets in without the password.
_HBA = """\
local all all scram-sha-256
local replication all scram-sha-256
host all all all scram-sha-256
host replication all all scram-sha-256
"""


def make_cluster(
    data_directory: Path,
    *,
    binaries: Path,
    account: Account | None,
    major: int,
    password: str,
    is_password_known: bool,
    is_durable: bool,
    scratch: Path,
) -> None:
    """Make a new cluster whose superuser has the password, or give an existing one that password.

    `is_password_known`: an existing cluster has it already and is not touched (a standby cannot be).
    """
    make_directory(data_directory, account=account)
    if not can_enter(account, data_directory):
        raise EmbeddedServerError(
            f'user of the server cannot enter data directory "{data_directory}"',
            hint="Choose a directory of that user, with parents that it can enter.",
        )
    if (data_directory / "PG_VERSION").exists():
        _check_version(data_directory, major=major)
        if not is_password_known:
            _set_password(data_directory, binaries=binaries, account=account, password=password)
        return
    password_file = scratch / "password"
    write_file(password_file, password + "\n", account=account)
    # PostgreSQL 17 brings its own C.UTF-8; before, only "C" is there on every system.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        status, said = run(
            [
                *(binaries / "initdb", "--pgdata", data_directory, "--username", SUPERUSER),
                *("--pwfile", password_file, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                *(builtin if major >= BUILTIN_LOCALE_MAJOR_MIN else []),
                *([] if is_durable else ["--no-sync"]),
                "--no-instructions",
            ],
            account=account,
            environment=environment_for(binaries),
        )
    finally:
        password_file.unlink()
    if status != 0:
        raise EmbeddedServerError(
            f'could not initialize data directory "{data_directory}", initdb ended with status {status}',
            detail=said.strip()[-SAID_MAX:] or None,
        )


def _set_password(data_directory: Path, *, binaries: Path, account: Account | None, password: str) -> None:
    # Single-user mode works on a stopped cluster without a password, and lets nobody else in.
    literal = "'" + password.replace("'", "''") + "'"
    status, said = run(
        [binaries / "postgres", "--single", "-D", data_directory, "-c", "lc_messages=C", "postgres"],
        account=account,
        environment=environment_for(binaries),
        standard_input=f"ALTER ROLE {SUPERUSER} PASSWORD {literal}\n".encode(),
    )
    if status != 0 or "ERROR:" in said:
        raise EmbeddedServerError(
            f'could not set a password in data directory "{data_directory}", exit status {status}',
            hint="Stop the server that uses the directory, or give its password.",
        )


def _check_version(data_directory: Path, *, major: int) -> None:
    found = (data_directory / "PG_VERSION").read_text().strip()
    if found != str(major):
        raise EmbeddedServerError(
            f'data directory "{data_directory}" is of another version, expected {major}, found {found}'
        )


def check_settings(settings: Mapping[str, Setting]) -> None:
    """Refuse names that are no settings and those that the launcher itself decides."""
    for name in settings:
        if name.lower() in RESERVED_SETTINGS:
            raise EmbeddedServerError(f'setting "{name}" is decided by the launcher')
        if not _SETTING_NAME.fullmatch(name):
            raise EmbeddedServerError(f'"{name}" is not the name of a setting')


def write_configuration(
    directory: Path,
    settings: Mapping[str, Setting],
    *,
    data_directory: Path,
    socket_directory: Path,
    port: int,
    account: Account | None,
) -> Path:
    """Write postgresql.conf and pg_hba.conf into our own directory, return the path of the first.

    They are not written into the data directory: root must not write where another user can place links.
    Its own postgresql.conf is read first, and ALTER SYSTEM still works.
    """
    hba_file, configuration = directory / "pg_hba.conf", directory / "postgresql.conf"
    ours: dict[str, Setting] = {
        "listen_addresses": "127.0.0.1",
        **settings,
        "hba_file": str(hba_file),
        "logging_collector": False,
        "port": port,
        "unix_socket_directories": str(socket_directory),
    }
    lines = [f"include_if_exists = {_quoted(str(data_directory / 'postgresql.conf'))}"]
    lines += [f"{name} = {_quoted(value)}" for name, value in ours.items()]
    write_file(hba_file, _HBA, account=account)
    write_file(configuration, "\n".join(lines) + "\n", account=account)
    return configuration


def write_file(path: Path, text: str, *, account: Account | None) -> None:
    """Write a file that only `account` can read; a file of that name is replaced."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(text)


def make_directory(path: Path, *, account: Account | None) -> None:
    """Make a directory that only `account` can enter; an empty one of ours is handed over."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None and path.stat().st_uid == os.geteuid() and not any(path.iterdir()):
        os.chown(path, account.uid, account.gid)


def choose_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    for _ in range(PORT_TRIES_MAX):
        port = PORT_FIRST + secrets.randbelow(PORT_LAST - PORT_FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise EmbeddedServerError(f"could not find a free port, tried {PORT_TRIES_MAX} ports")


def _quoted(value: Setting) -> str:
    # src/backend/utils/misc/guc-file.l: quotes are doubled, a backslash escapes.
    if isinstance(value, bool):
        return "on" if value else "off"
    text = str(value).replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{text}'"
