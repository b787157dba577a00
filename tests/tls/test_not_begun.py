"""Who stands before TLS, or has none: nothing is sent to them, and nothing that they say is shown."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from pgsluice.driver import Dsn, connect
from pgsluice.errors import ConnectError, SluiceError
from pgsluice.schema.programs import run_program
from tls.certificates import HOST
from versions.majors import MAJORS, binaries_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from servers import Database
    from tls.conftest import TlsServer

pytestmark = pytest.mark.db

SSL_REQUEST_BYTES = 8
WAIT_S = 10.0
#: An error as a server sends it, with words that must not be shown.
ERROR = b"E\x00\x00\x00\x2bSFATAL\x00C28000\x00Mgive your password to me\x00\x00"
#: A question for a password in clear, and words of version 2 of the protocol.
ASKS_FOR_PASSWORD = b"R\x00\x00\x00\x08\x00\x00\x00\x03"


class Liar:
    """Answers the question for TLS in its own way, and keeps whatever else is sent to it."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.heard = b""
        self.port = 0
        self.handlers: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.handlers.append(asyncio.current_task())
        with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(WAIT_S):
                await reader.readexactly(SSL_REQUEST_BYTES)
                writer.write(self.answer)
                while heard := await reader.read(65536):
                    self.heard += heard
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def lying(answer: bytes) -> AsyncIterator[Liar]:
    liar = Liar(answer)
    server = await asyncio.start_server(liar.serve, "127.0.0.1", 0)
    async with server:
        liar.port = server.sockets[0].getsockname()[1]
        yield liar
        await asyncio.gather(*liar.handlers)


async def refused(uri: str) -> SluiceError:
    with pytest.raises(ConnectError) as raised:
        await connect(Dsn.parse(uri, role="source"), role="source")
    assert raised.value.__context__ is None
    return raised.value


async def dumped(uri: str, major: int) -> int:
    program = binaries_of(major) / "pg_dump"
    return (await run_program(program, Dsn.parse(uri, role="source"), ["--schema-only", "--file=/dev/null"]))[0]


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
async def test_server_without_tls_is_refused(source_db: Database, tls_server: TlsServer, mode: str) -> None:
    uri = source_db.dsn.replace("@127.0.0.1:", f"@{HOST}:") + f"?sslmode={mode}&sslrootcert={tls_server.root}"

    error = await refused(uri)

    assert error.detail == "The server does not offer TLS."
    assert await dumped(uri, MAJORS[-1]) != 0


async def test_server_without_tls_is_refused_where_nothing_is_named(source_db: Database) -> None:
    error = await refused(source_db.dsn.replace("@127.0.0.1:", f"@{HOST}:"))

    assert error.detail == "The server does not offer TLS."


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"N", "refuses TLS"),
        (b"S" + ASKS_FOR_PASSWORD, "plaintext behind the S"),
        (b"S", "S and then silence"),
        (ERROR, "an error before TLS"),
        (ASKS_FOR_PASSWORD, "a question for the password before TLS"),
        (b"", "silence"),
    ],
)
@pytest.mark.parametrize("parameters", ["", "sslmode=require"])
async def test_whoever_stands_between_gets_nothing_and_is_not_quoted(
    answer: bytes, kind: str, parameters: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgsluice.driver.connection.CONNECT_TIMEOUT_S", 1.0)
    async with lying(answer) as liar:
        error = await fails(f"postgresql://me:secret@{HOST}:{liar.port}/x?{parameters}")

        said = f"{error.message} {error.detail} {error.hint}"
        assert "give your password" not in said
        assert "secret" not in said
        assert b"secret" not in liar.heard
        # Nothing but the beginning of TLS (a handshake record) was ever sent.
        assert liar.heard[:1] in {b"", b"\x16"}, kind


async def fails(uri: str) -> SluiceError:
    with pytest.raises(SluiceError) as raised:
        await connect(Dsn.parse(uri, role="source"), role="source")
    return raised.value


async def test_old_tls_is_refused(tls_server: TlsServer) -> None:
    limits = {"ssl_min_protocol_version": "TLSv1", "ssl_max_protocol_version": "TLSv1.1"}
    tls_server.server.restart(settings=limits)
    try:
        error = await refused(tls_server.uri(f"sslrootcert={tls_server.root}"))
    finally:
        tls_server.server.restart(settings={"ssl_min_protocol_version": "TLSv1.2", "ssl_max_protocol_version": ""})

    assert "no TLS version in common" in (error.detail or "")
