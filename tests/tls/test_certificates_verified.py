"""Who a server is: bad certificates in every mode, over our own connections and over pg_dump's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice.driver import Dsn, connect
from pgsluice.errors import ConnectError, UsageError
from pgsluice.schema.programs import run_program
from tls.certificates import HOST
from versions.majors import MAJORS, binaries_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tls.conftest import TlsServer

pytestmark = pytest.mark.db

#: What is wrong with a certificate, what we say of it, and whether its only fault is the name.
BAD = {
    "other name": ("is for another name", True),
    "other address": ("is for another name", True),
    "expired": ("has expired", False),
    "not yet valid": ("is not valid yet", False),
    "self-signed": ("is signed by itself and not trusted here", False),
    "other authority": ("is signed by an authority that is not trusted here", False),
    "namesake of the authority": ("is signed by an authority that is not trusted here", False),
    "link missing": ("is signed by an authority that is not trusted here", False),
    "signed by no authority": ("could not be verified", False),
    "for clients": ("is not meant for a server", False),
    "revoked": ("was revoked", False),
}


@pytest.fixture(scope="module", params=BAD)
def bad(request: pytest.FixtureRequest, tls_server: TlsServer) -> Iterator[str]:
    """The server shows a bad certificate."""
    tls_server.show(request.param)
    yield request.param
    tls_server.show("good")


def verified(server: TlsServer, mode: str | None, kind: str = "good") -> str:
    parameters = [f"sslrootcert={server.root}"]
    if kind == "revoked":
        parameters.append(f"sslcrl={server.revoked}")
    if mode:
        parameters.append(f"sslmode={mode}")
    return server.uri("&".join(parameters))


async def is_encrypted(uri: str) -> bool:
    connection = await connect(Dsn.parse(uri, role="source"), role="source")
    try:
        sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        return bool(await connection.fetch_value(sql, doing="asking"))
    finally:
        await connection.close()


async def dumped(uri: str, major: int = MAJORS[-1]) -> int:
    """Let pg_dump connect; give its exit status."""
    program = binaries_of(major) / "pg_dump"
    return (await run_program(program, Dsn.parse(uri, role="source"), ["--schema-only", "--file=/dev/null"]))[0]


@pytest.mark.parametrize("mode", [None, "verify-full", "verify-ca", "require"])
async def test_good_certificate_is_accepted(tls_server: TlsServer, mode: str | None) -> None:
    uri = verified(tls_server, mode)

    assert await is_encrypted(uri)
    assert await dumped(uri) == 0


@pytest.mark.parametrize("major", MAJORS)
async def test_pg_dump_of_every_version_verifies(tls_server: TlsServer, major: int) -> None:
    """The newest pg_dump reads the server; older ones get as far as being told that it is too new for them."""
    assert (await dumped(verified(tls_server, None), major) == 0) == (major == MAJORS[-1])
    tls_server.show("other name")
    try:
        assert await dumped(verified(tls_server, None), major) != 0
    finally:
        tls_server.show("good")


@pytest.mark.parametrize("mode", [None, "verify-full"])
async def test_verify_full_refuses_a_bad_certificate(tls_server: TlsServer, bad: str, mode: str | None) -> None:
    uri = verified(tls_server, mode, bad)
    said, _ = BAD[bad]

    with pytest.raises(ConnectError) as raised:
        await is_encrypted(uri)

    assert raised.value.exit_status == 4
    assert said in (raised.value.detail or "")
    assert raised.value.__context__ is None
    assert await dumped(uri) != 0


@pytest.mark.parametrize("mode", ["verify-ca", "require"])
async def test_weaker_modes_with_a_root_let_other_names_pass_and_nothing_else(
    tls_server: TlsServer, bad: str, mode: str
) -> None:
    """libpq lets require verify the authority where it knows one."""
    uri = verified(tls_server, mode, bad)
    _, is_only_the_name = BAD[bad]

    if is_only_the_name:
        assert await is_encrypted(uri)
    else:
        with pytest.raises(ConnectError):
            await is_encrypted(uri)
    assert (await dumped(uri) == 0) == is_only_the_name


async def test_require_without_a_root_encrypts_and_says_that_it_verifies_nothing(
    tls_server: TlsServer, bad: str
) -> None:
    uri = tls_server.uri("sslmode=require")
    dsn = Dsn.parse(uri, role="source")

    assert await is_encrypted(uri)
    assert (dsn.trust, dsn.is_trusted) == ("require, not verified", False)


async def test_environment_does_not_weaken(tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "prefer")
    monkeypatch.setenv("PGSSLROOTCERT", str(tls_server.root))
    tls_server.show("other name")
    try:
        with pytest.raises(ConnectError):
            await is_encrypted(tls_server.uri())
        assert await dumped(tls_server.uri()) != 0
    finally:
        tls_server.show("good")


async def test_authority_of_the_user_is_no_system_root(tls_server: TlsServer) -> None:
    with pytest.raises(ConnectError) as raised:
        await is_encrypted(tls_server.uri())

    assert "an authority that is not trusted here" in (raised.value.detail or "")
    assert "sslrootcert" in (raised.value.hint or "")


@pytest.mark.parametrize("parameters", ["", "sslrootcert=system", "sslmode=verify-full&sslrootcert=system"])
async def test_system_roots_are_asked_where_no_other_is_named(
    tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch, parameters: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.root))  # OpenSSL's own variable for the system's roots.
    uri = tls_server.uri(parameters)

    assert await is_encrypted(uri)
    assert await dumped(uri) == 0


@pytest.mark.parametrize("mode", ["verify-ca", "require"])
def test_system_roots_with_a_mode_that_takes_any_name_are_refused(tls_server: TlsServer, mode: str) -> None:
    with pytest.raises(UsageError, match="would accept anybody"):
        Dsn.parse(tls_server.uri(f"sslmode={mode}&sslrootcert=system"), role="source")


def test_host_of_these_tests_is_not_local() -> None:
    assert Dsn.parse(f"postgresql://{HOST}/x", role="source").trust == "verify-full"
