"""Whole copies over TLS: what the command line says of a server that proves nothing, and what the audit keeps."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from commands import KEEP, Shell
from servers import Database, fresh_database
from tls import certificates
from versions.majors import MAJORS, binaries_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tls.conftest import TlsServer

pytestmark = pytest.mark.db


class OverNetwork(Database):
    """A database as somebody on another machine names it."""

    parameters = ""

    @property
    def dsn(self) -> str:
        return super().dsn.replace("@127.0.0.1:", f"@{certificates.HOST}:") + f"?{self.parameters}"


@pytest.fixture
def shell(tls_server: TlsServer, tmp_path: Path) -> Iterator[Shell]:
    with fresh_database(tls_server.server, "source") as source, fresh_database(tls_server.server, "target") as target:
        source.execute("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
        programs = {"PATH": f"{binaries_of(MAJORS[-1])}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
        yield Shell(
            tmp_path, OverNetwork(source.server, source.name), OverNetwork(target.server, target.name), programs
        )


def started(shell: Shell) -> dict[str, object]:
    """The first record of the run's audit file."""
    [path] = shell.audit_directory.glob("*.jsonl")
    found = json.loads(path.read_text().splitlines()[0])
    return dict(json.loads(found["record"]))


def test_copy_verified_says_nothing_and_is_recorded(shell: Shell, tls_server: TlsServer) -> None:
    shell.source.parameters = shell.target.parameters = f"sslrootcert={tls_server.root}"

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert "not verified" not in ended.stderr
    assert (started(shell)["source_trust"], started(shell)["target_trust"]) == ("verify-full", "verify-full")


def test_copy_with_a_weaker_mode_says_so_and_is_recorded(shell: Shell, tls_server: TlsServer) -> None:
    shell.source.parameters, shell.target.parameters = "sslmode=require", "sslmode=prefer"

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert "warning: the connection to the source is not verified (sslmode=require in its URI)" in ended.stderr
    assert "the connection to the target is not verified (sslmode=prefer in its URI)" in ended.stderr
    assert "may not be encrypted" in ended.stderr
    assert started(shell)["source_trust"] == "require, not verified"
    assert started(shell)["target_trust"] == "prefer, not verified"
    status = shell.run("status", f"--target={shell.target.dsn}")
    assert "the connection to the target is not verified" in status.stderr


def test_copy_from_a_server_with_a_bad_certificate_is_refused_in_our_words(shell: Shell, tls_server: TlsServer) -> None:
    shell.source.parameters = shell.target.parameters = f"sslrootcert={tls_server.root}"
    tls_server.show("expired")
    try:
        ended = Shell(shell.directory, shell.source, shell.target, {**shell.environment, "PGSSLMODE": "prefer"}).copy(
            KEEP
        )
    finally:
        tls_server.show("good")

    assert ended.status == 4, ended.said
    assert "The server's certificate has expired." in ended.stderr
    assert not shell.audit_directory.exists() or not list(shell.audit_directory.iterdir())


def test_copy_by_client_certificate_needs_no_password(shell: Shell, tls_server: TlsServer) -> None:
    role = f"ada_{os.getpid()}"
    tls_server.server.psql(f"CREATE ROLE {role} LOGIN SUPERUSER")
    tls_server.set_hba(f"hostssl all {role} all cert")
    certificate, key = certificates.signed(role, certificates.authority()).write(tls_server.directory, role)
    parameters = f"sslrootcert={tls_server.root}&sslcert={certificate}&sslkey={key}"
    arguments = shell.copy_arguments(KEEP)
    for number, side in ((2, "source"), (3, "target")):
        place = getattr(shell, side).dsn.partition("@")[2].rstrip("?")
        arguments[number] = f"--{side}=postgresql://{role}@{place}?{parameters}"

    try:
        ended = shell.run(*arguments)
        key.chmod(0o644)
        readable = shell.run(*arguments)
        key.chmod(0o600)
        without = shell.run(*(argument.partition("&sslcert")[0] for argument in arguments))
    finally:
        tls_server.set_hba("")

    assert ended.status == 0, ended.said
    assert (readable.status, without.status) == (4, 4)
    assert "can be read by other users" in readable.stderr
    assert "28000" in without.stderr
