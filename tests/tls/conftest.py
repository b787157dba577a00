"""Owns one server with TLS, whose certificate tests exchange."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from pgsluice.embedded import Server
from pgsluice.embedded.cluster import write_file
from servers import SETTINGS
from tls import certificates
from versions.majors import MAJORS, binaries_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tls.certificates import Signed

WAIT_S = 20.0
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class TlsServer:
    """A server with TLS and the files that users of it have."""

    def __init__(self, server: Server, directory: Path) -> None:
        self.server = server
        self.directory = directory
        self.root = directory / "root.crt"
        self.root.write_text(certificates.authority().pem)
        self.revoked = directory / "root.crl"
        self.revoked.write_text(certificates.revocations())
        self._shown: bytes | None = None

    def uri(self, parameters: str = "", *, host: str = certificates.HOST, database: str = "postgres") -> str:
        plain = self.server.dsn(database)
        return plain.replace("@127.0.0.1:", f"@{host}:") + (f"?{parameters}" if parameters else "")

    def show(self, kind: str) -> None:
        """Let the server show a certificate of this kind from now on."""
        signed = certificates.server(kind)
        self._write("server.crt", signed.pem)
        self._write("server.key", signed.key_pem)
        self.server.psql("SELECT pg_reload_conf()")
        self._until_shown(signed)

    def set_hba(self, lines: str) -> None:
        """Let the server ask for these ways to authenticate, and then for passwords."""
        path = self.server.log_path.with_name("pg_hba.conf")
        write_file(path, f"{lines}\nhost all all all scram-sha-256\n", account=self.server._account)
        self.server.psql("SELECT pg_reload_conf()")

    def begin(self) -> None:
        """Turn TLS on, with a good certificate."""
        signed = certificates.server("good")
        self._write("server.crt", signed.pem)
        self._write("server.key", signed.key_pem)
        self._write("clients.crt", certificates.authority().pem)
        self.server.restart(
            settings={
                "ssl": True,
                "ssl_cert_file": "server.crt",
                "ssl_key_file": "server.key",
                "ssl_ca_file": "clients.crt",
            }
        )

    def _write(self, name: str, text: str) -> None:
        write_file(self.server.data_directory / name, text, account=self.server._account)

    def _until_shown(self, signed: Signed) -> None:
        wanted = signed.certificate.public_bytes(serialization.Encoding.DER)
        deadline = time.monotonic() + WAIT_S
        while shown_by(self.server.port) != wanted:
            assert time.monotonic() < deadline, "the server did not read its new certificate in time"
            time.sleep(0.01)


def shown_by(port: int) -> bytes | None:
    """Ask a server for its certificate, whatever it is worth."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as plain:
        plain.sendall(SSL_REQUEST)
        assert plain.recv(1) == b"S"
        with context.wrap_socket(plain) as encrypted:
            return encrypted.getpeercert(binary_form=True)


@pytest.fixture(scope="session")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    with Server(SETTINGS, binaries=binaries_of(MAJORS[-1])) as server:
        found = TlsServer(server, tmp_path_factory.mktemp("tls"))
        found.begin()
        yield found


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What libpq would find in the home directory and in variables of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGHOST", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
