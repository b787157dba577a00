"""Owns where a server is and how it is reached. Never shows a password."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pgsluice.errors import UsageError

# From strict to loose, libpq's words. Without one of them a connection over a network is verify-full,
# whatever PGSSLMODE says: an environment must not weaken it by accident.
TLS_MODES = ("verify-full", "verify-ca", "require", "prefer", "allow", "disable")


@dataclass(frozen=True)
class Dsn:
    """A libpq URI taken apart: `postgresql://user@host:port/database?options`.

    `password` is None where the URI holds none: PGPASSWORD or the passfile is asked then.
    """

    url: str
    password: str | None = field(repr=False)
    is_local: bool
    tls_mode: str

    @classmethod
    def parse(cls, text: str, *, role: str) -> Dsn:
        """Read a libpq URI; `role` ("source", "target") is what messages call the server.

        Raises UsageError for other forms, without quoting them: they may hold a password.
        """
        parts = urlsplit(text)
        if parts.scheme not in {"postgresql", "postgres"}:
            raise UsageError(
                f"{role} is not a libpq URI",
                hint="Give it as postgresql://user@host:5432/database, or in "
                f"PGSLUICE_{role.upper()}; the password may stand in PGPASSWORD or the passfile.",
            )
        options = parse_qsl(parts.query, keep_blank_values=True)
        from_query = dict(options)
        user_info, _, host_part = parts.netloc.rpartition("@")
        user, has_password, password = user_info.partition(":")
        secret = unquote(password) if has_password else from_query.get("password")
        tls_mode = from_query.get("sslmode")
        hosts = _hosts(from_query.get("host") or host_part)
        is_local = all(_is_local(host) for host in hosts)
        if tls_mode is None:
            tls_mode = "disable" if is_local else "verify-full"
        if tls_mode not in TLS_MODES:
            raise UsageError(f"unrecognized sslmode in the {role} URI", hint=f"Use one of {', '.join(TLS_MODES)}.")
        kept = [(name, value) for name, value in options if name != "password"]
        netloc = f"{user}@{host_part}" if user else host_part
        url = urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept, quote_via=quote), ""))
        return cls(url=url, password=secret, is_local=is_local, tls_mode=tls_mode)

    @classmethod
    def from_option_or_environment(cls, text: str | None, *, role: str) -> Dsn:
        """Take the option if it is given, else PGSLUICE_SOURCE or PGSLUICE_TARGET."""
        variable = f"PGSLUICE_{role.upper()}"
        found = text or os.environ.get(variable)
        if not found:
            raise UsageError(
                f"no {role} was given",
                hint=f"Give --{role} postgresql://user@host/database, or set {variable}.",
            )
        return cls.parse(found, role=role)

    def with_database(self, database: str) -> Dsn:
        """Give the same server's other database."""
        parts = urlsplit(self.url)
        url = urlunsplit((parts.scheme, parts.netloc, "/" + quote(database), parts.query, ""))
        return Dsn(url=url, password=self.password, is_local=self.is_local, tls_mode=self.tls_mode)

    def __str__(self) -> str:
        return self.url


def _hosts(netloc: str) -> list[str]:
    """Host names of a netloc, which libpq allows several of; empty stands for the default socket."""
    return [_without_port(unquote(part)) for part in netloc.split(",")]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.startswith("/") else host.partition(":")[0]


def _is_local(host: str) -> bool:
    """Whether bytes to this host stay on the machine: a Unix socket or a loopback address."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
