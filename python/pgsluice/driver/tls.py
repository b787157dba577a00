"""Owns how sure we are of whom we talk to: verify-full over a network, anything weaker only where the URI names it."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from pgsluice.errors import ConnectError, UsageError

# From strict to loose, libpq's words. Without one of them a connection over a network is verify-full,
# whatever PGSSLMODE says: an environment must not weaken it by accident. It may make a local one stricter.
TlsMode = Literal["verify-full", "verify-ca", "require", "prefer", "allow", "disable"]
TLS_MODES = get_args(TlsMode)
ENCRYPTED = {"verify-full", "verify-ca", "require"}
# The operating system's roots, as libpq 16 calls them.
SYSTEM = "system"
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
# Servers that speak TLS at once want to hear it (src/include/libpq/pqcomm.h).
_PROTOCOL = "postgresql"
_HOME = Path(".postgresql")


@dataclass(frozen=True)
class Tls:
    """What is asked of TLS on one connection; driver and programs are told the same.

    `root` is a file of certificates, "system", or None where nothing is verified.
    """

    mode: TlsMode
    root: str | None = None
    certificate: str | None = None
    key: str | None = None
    revoked: str | None = None
    version_min: str = "TLSv1.2"
    version_max: str | None = None
    is_direct: bool = False

    @classmethod
    def read(cls, options: Mapping[str, str], *, is_local: bool, role: str) -> Tls:
        """Take the URI's parameters, then libpq's variables and files, except for the mode: that only the URI names.

        Raises UsageError for words that libpq does not know, and for modes that would only seem to verify.
        """
        asked = os.environ.get("PGSSLMODE", "")
        unnamed = asked if asked in ENCRYPTED else "disable"
        mode = options.get("sslmode") or (unnamed if is_local else "verify-full")
        if mode not in TLS_MODES:
            raise UsageError(f"unrecognized sslmode in the {role} URI", hint=f"Use one of {', '.join(TLS_MODES)}.")
        mode = cast("TlsMode", mode)
        if mode not in ENCRYPTED:
            return cls(mode)
        root = options.get("sslrootcert") or os.environ.get("PGSSLROOTCERT") or _at_home("root.crt")
        if mode == "verify-full":
            root = root or SYSTEM
        elif root == SYSTEM or (mode == "verify-ca" and root is None):
            raise UsageError(
                f"sslmode={mode} in the {role} URI would accept anybody whose certificate a public authority signed",
                hint="Use verify-full, or name your own authority's certificate with sslrootcert.",
            )
        negotiation = options.get("sslnegotiation", "postgres")
        if negotiation not in {"postgres", "direct"}:
            raise UsageError(f"unrecognized sslnegotiation in the {role} URI", hint="Use postgres or direct.")
        return cls(
            mode=mode,
            root=root,
            certificate=options.get("sslcert") or os.environ.get("PGSSLCERT") or _at_home("postgresql.crt"),
            key=options.get("sslkey") or os.environ.get("PGSSLKEY") or _at_home("postgresql.key"),
            revoked=options.get("sslcrl") or os.environ.get("PGSSLCRL") or _at_home("root.crl"),
            version_min=_version(options.get("ssl_min_protocol_version"), role) or "TLSv1.2",
            version_max=_version(options.get("ssl_max_protocol_version"), role),
            is_direct=negotiation == "direct",
        )

    @property
    def is_verified(self) -> bool:
        """Whether the server must prove by a certificate who it is."""
        return self.root is not None

    @property
    def is_always_encrypted(self) -> bool:
        """Whether there is no connection without TLS."""
        return self.mode in ENCRYPTED

    def parameters(self) -> dict[str, str]:
        """Give the same as libpq's parameters."""
        wanted = {
            "sslmode": self.mode,
            "sslrootcert": self.root,
            "sslcert": self.certificate,
            "sslkey": self.key,
            "sslcrl": self.revoked,
            "ssl_min_protocol_version": self.version_min if self.mode in ENCRYPTED else None,
            "ssl_max_protocol_version": self.version_max,
            "sslnegotiation": "direct" if self.is_direct else None,
        }
        return {name: value for name, value in wanted.items() if value}


def context(tls: Tls, role: str) -> ssl.SSLContext | None:
    """Give what the driver is to use; None for modes that may go without TLS.

    Raises ConnectError for files that are not there or are not what they should be.
    """
    if tls.mode not in ENCRYPTED:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = tls.mode == "verify-full"
    made.minimum_version = _VERSIONS[tls.version_min]
    if tls.version_max:
        made.maximum_version = _VERSIONS[tls.version_max]
    if ssl.HAS_ALPN:
        made.set_alpn_protocols([_PROTOCOL])
    root, revoked, certificate = tls.root, tls.revoked, tls.certificate
    if root is None:
        made.verify_mode = ssl.CERT_NONE
    elif root == SYSTEM:
        made.load_default_certs()
    else:
        _load(lambda: made.load_verify_locations(cafile=root), "sslrootcert", root, role)
    if root is not None and revoked is not None:
        _load(lambda: made.load_verify_locations(cafile=revoked), "sslcrl", revoked, role)
        made.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if certificate is not None:
        _refuse_readable(tls.key, role)
        # Without a password it would be asked for on the terminal.
        _load(lambda: made.load_cert_chain(certificate, tls.key, password=""), "sslcert", certificate, role)
    return made


def _at_home(name: str) -> str | None:
    """One of libpq's files below the home directory, if it is there."""
    try:
        path = Path.home() / _HOME / name
        return str(path) if path.exists() else None
    except (RuntimeError, OSError):
        return None


def _version(text: str | None, role: str) -> str | None:
    if text is not None and text not in _VERSIONS:
        raise UsageError(
            f"unrecognized or outdated TLS version in the {role} URI", hint=f"Use one of {', '.join(_VERSIONS)}."
        )
    return text


def _load(load: Callable[[], None], parameter: str, path: str, role: str) -> None:
    try:
        load()
    except (OSError, ssl.SSLError) as error:
        is_missing = isinstance(error, FileNotFoundError)
        detail = "It does not exist." if is_missing else "It cannot be read, or holds something else."
    else:
        return
    raise ConnectError(
        f'cannot use file "{path}" for the connection to the {role}',
        detail=detail,
        hint=f"Name the right file with {parameter} in the URI; a key must have no passphrase.",
    )


def _refuse_readable(key: str | None, role: str) -> None:
    """Refuse a private key that others can read, by libpq's rule: root's may be read by a group."""
    try:
        found = Path(key or "").stat()
    except OSError:
        return  # Loading it says so.
    allowed = stat.S_IRWXU | stat.S_IRGRP if found.st_uid == 0 else stat.S_IRWXU
    if key is not None and stat.S_ISREG(found.st_mode) and found.st_mode & 0o777 & ~allowed:
        raise ConnectError(
            f'private key "{key}" for the connection to the {role} can be read by other users',
            hint="chmod 600 the file.",
        )
