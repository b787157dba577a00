"""Owns where a server is and how it is reached. Never shows a password."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pgsluice.driver.parameters import KEPT, refuse_parameters
from pgsluice.driver.tls import Tls
from pgsluice.errors import UsageError


@dataclass(frozen=True)
class Dsn:
    """A libpq URI taken apart: `postgresql://user@host:port/database?options`.

    `url` holds neither the password nor what `tls` holds. `password` is None where the URI has none: PGPASSWORD or
    the passfile is asked then.
    """

    url: str
    password: str | None = field(repr=False)
    is_local: bool
    tls: Tls

    @classmethod
    def parse(cls, text: str, *, role: str) -> Dsn:
        """Read a libpq URI; `role` ("source", "target") is what messages call the server.

        Raises UsageError for other forms, without quoting them: they may hold a password.
        """
        try:
            parts = urlsplit(text)
        except ValueError:  # Its text quotes the URI.
            parts = urlsplit("")
        if parts.scheme not in {"postgresql", "postgres"}:
            raise UsageError(
                f"{role} is not a libpq URI",
                hint="Give it as postgresql://user@host:5432/database, or in "
                f"PGSLUICE_{role.upper()}; the password may stand in PGPASSWORD or the passfile.",
            )
        options = parse_qsl(parts.query, keep_blank_values=True)
        refuse_parameters(options, role=role)
        _refuse_unescaped(parts, role)
        from_query = dict(options)
        user_info, _, host_part = parts.netloc.rpartition("@")
        user, has_password, password = user_info.partition(":")
        secret = unquote(password) if has_password else from_query.get("password")
        is_local = _is_all_local(host_part, from_query, role)
        tls = Tls.read(from_query, is_local=is_local, role=role)
        kept = [(name, value) for name, value in options if name in KEPT]
        netloc = f"{user}@{host_part}" if user else host_part
        url = urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept, quote_via=quote), ""))
        return cls(url=url, password=secret, is_local=is_local, tls=tls)

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
        return replace(self, url=url)

    @property
    def trust(self) -> str:
        """How sure it is who answers, for audit records: "local", or the mode, and whether it verifies."""
        if self.is_local and self.tls.mode == "disable":
            return "local"
        return self.tls.mode if self.tls.is_verified else f"{self.tls.mode}, not verified"

    @property
    def is_trusted(self) -> bool:
        """Whether bytes stay on the machine, or go to a server that proved who it is."""
        return self.is_local or self.tls.is_verified

    def __str__(self) -> str:
        return self.url


def _is_all_local(host_part: str, options: dict[str, str], role: str) -> bool:
    """Whether every host that may be connected to is on this machine, wherever it is named."""
    hosts = _hosts(host_part)
    if "host" in options:
        if any(hosts):  # Driver and programs would each take another one.
            raise UsageError(f"two hosts are in the {role} URI", hint="Name it in front of the database, or by host=.")
        hosts = _hosts(options["host"])
    if not any(hosts):
        if "service" in options or os.environ.get("PGSERVICE"):
            return False  # A file says where it is.
        hosts = _hosts(os.environ.get("PGHOST", ""))
    return all(_is_local(host) for host in hosts)


def _refuse_unescaped(parts: SplitResult, role: str) -> None:
    """Raise UsageError where a password seems to reach into other parts of the URI, which messages show."""
    ports = (host.rpartition("]")[2].partition(":")[2] for host in parts.netloc.rpartition("@")[2].split(","))
    if parts.fragment or "@" in parts.path or any(port and not port.isdecimal() for port in ports):
        raise UsageError(
            f"the {role} URI cannot be taken apart",
            hint="Write special characters of a user name or password as %23 (#), %2F (/), %3A (:), %3F (?), %40 (@).",
        )


def _hosts(text: str) -> list[str]:
    """Host names of a list, which libpq allows several of; empty stands for the default socket."""
    return [_without_port(unquote(part)) for part in text.split(",")]


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
