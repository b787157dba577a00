"""What a URI asks of TLS, what the environment may change of it, and what is refused without being quoted."""

from __future__ import annotations

import pytest

from pgsluice.driver import Dsn
from pgsluice.errors import UsageError
from pgsluice.schema.libpq_uri import libpq_uri

LOCAL = [
    "postgresql:///x",
    "postgresql://localhost/x",
    "postgresql://127.0.0.1:5433/x",
    "postgresql://127.8.9.1/x",
    "postgresql://[::1]:5432/x",
    "postgresql://%2Frun%2Fpostgresql/x",
    "postgresql:///x?host=/run/postgresql",
    "postgresql://localhost,127.0.0.1:5433/x",
]
#: A name is what it says, not what it resolves to: whoever answers for the resolver would decide.
REMOTE = [
    "postgresql://db.example.org/x",
    "postgresql://localhost.example.org/x",
    "postgresql://127.1/x",
    "postgresql://0/x",
    "postgresql://10.0.0.1/x",
    "postgresql://[::ffff:127.0.0.1]/x",
    "postgresql://localhost,db.example.org/x",
    "postgresql:///x?host=db.example.org",
    "postgresql:///x?service=production",
]


@pytest.mark.parametrize("uri", LOCAL)
def test_uri_of_this_machine_needs_no_tls(uri: str) -> None:
    dsn = Dsn.parse(uri, role="source")

    assert (dsn.trust, dsn.is_trusted, dsn.tls.mode) == ("local", True, "disable")


@pytest.mark.parametrize("uri", REMOTE)
@pytest.mark.parametrize("variable", ["disable", "prefer", "require", "verify-ca", ""])
def test_uri_of_another_machine_is_verified_whatever_the_environment_says(
    uri: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", variable)

    dsn = Dsn.parse(uri, role="source")

    assert (dsn.trust, dsn.tls.root) == ("verify-full", "system")
    assert "sslmode=verify-full" in libpq_uri(dsn, 18)


@pytest.mark.parametrize(("host", "trust"), [("db.example.org", "verify-full"), ("/run/postgresql", "local")])
def test_uri_without_a_host_means_that_of_the_environment(
    host: str, trust: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGHOST made a connection over a network that counted as local, and so went without TLS."""
    monkeypatch.setenv("PGHOST", host)

    assert Dsn.parse("postgresql:///x", role="source").trust == trust


def test_environment_may_make_a_local_connection_stricter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")

    assert Dsn.parse("postgresql://localhost/x", role="source").trust == "verify-full"


@pytest.mark.parametrize(
    ("mode", "trust"),
    [
        ("verify-ca&sslrootcert=/ca.crt", "verify-ca"),
        ("require", "require, not verified"),
        ("prefer", "prefer, not verified"),
        ("allow", "allow, not verified"),
        ("disable", "disable, not verified"),
    ],
)
def test_weaker_mode_that_is_named_is_taken_and_told(mode: str, trust: str) -> None:
    dsn = Dsn.parse(f"postgresql://db.example.org/x?sslmode={mode}", role="source")

    assert dsn.trust == trust
    assert f"sslmode={mode.partition('&')[0]}" in libpq_uri(dsn, 18)


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=verify",
        "sslmode=verify-ca",
        "channel_binding=require",
        "gssencmode=require",
        "hostaddr=10.0.0.1",
        "ssl=true",
        "sslpassword=hush",
        "require_auth=scram-sha-256",
        "requirepeer=postgres",
        "sslnegotiation=perhaps",
        "ssl_min_protocol_version=TLSv1",
        "hush=hush",
        "host=other.example.org",
    ],
)
def test_parameter_that_cannot_be_kept_is_refused(parameters: str) -> None:
    with pytest.raises(UsageError) as raised:
        Dsn.parse(f"postgresql://db.example.org/x?{parameters}", role="source")

    assert "source URI" in raised.value.message
    assert "hush" not in f"{raised.value.message} {raised.value.detail} {raised.value.hint}"


@pytest.mark.parametrize("variable", ["PGCHANNELBINDING", "PGGSSENCMODE", "PGREQUIREAUTH", "PGREQUIREPEER"])
def test_demand_of_the_environment_that_cannot_be_kept_is_refused(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "require")

    with pytest.raises(UsageError, match=variable):
        Dsn.parse("postgresql://db.example.org/x", role="source")


def test_parameters_that_change_nothing_here_are_taken_out() -> None:
    uri = "postgresql://db.example.org/x?connect_timeout=5&channel_binding=prefer&application_name=a&options=-cx%3D1"

    assert Dsn.parse(uri, role="source").url == "postgresql://db.example.org/x?options=-cx%3D1"


@pytest.mark.parametrize("secret", ["hu?sh", "hu#sh", "hu/sh", "hush/@", "hu:sh#", "hu]sh", "hu[sh"])
def test_password_with_unescaped_characters_is_not_shown(secret: str) -> None:
    try:
        dsn = Dsn.parse(f"postgresql://me:{secret}@db.example.org/x", role="source")
    except UsageError as error:
        said = f"{error.message} {error.detail} {error.hint}"
    else:
        said = f"{dsn} {dsn!r}"

    assert "hu" not in said.replace("the source URI", "")


def test_uri_for_programs_holds_no_password_and_all_of_tls() -> None:
    dsn = Dsn.parse(
        "postgresql://me:hush@db.example.org/x?sslcert=/me.crt&sslkey=/me.key&sslnegotiation=direct", role="source"
    )

    older, newer = libpq_uri(dsn, 14), libpq_uri(dsn, 18)

    assert "hush" not in newer
    assert "sslcert=%2Fme.crt&sslkey=%2Fme.key&ssl_min_protocol_version=TLSv1.2" in newer.replace("/", "%2F")
    assert ("sslnegotiation" in older, "sslnegotiation=direct" in newer) == (False, True)
    # Before version 16 libpq takes "system" for the name of a file.
    assert ("sslrootcert=system" in older, "sslrootcert=system" in newer) == (False, True)
