"""Writes the URI that PostgreSQL's programs connect by: the same server, and as sure of it, as our own connections."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import quote, urlencode

from pgsluice.driver import Dsn
from pgsluice.driver.tls import SYSTEM
from pgsluice.errors import MissingProgramError

# libpq's variables that would lead a program elsewhere than us, or make it less sure of where it is.
STEERING = {"PGGSSENCMODE", "PGHOSTADDR", "PGREQUIRESSL", "PGSSLMODE", "PGSSLNEGOTIATION"}
# The first versions that know the word "system" for roots, and TLS without a question before it.
_SYSTEM_MAJOR, _DIRECT_MAJOR = 16, 17
# Where distributions keep the roots in one file, besides what OpenSSL itself says.
_ROOT_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def libpq_uri(dsn: Dsn, major: int) -> str:
    """Give the URI for a program of a version; it holds no password."""
    parameters = {**dsn.tls.parameters(), "gssencmode": "disable"}
    if parameters.get("sslrootcert") == SYSTEM and major < _SYSTEM_MAJOR:
        parameters["sslrootcert"] = _root_file()
    if major < _DIRECT_MAJOR:
        parameters.pop("sslnegotiation", None)
    return dsn.url + ("&" if "?" in dsn.url else "?") + urlencode(parameters, quote_via=quote)


def _root_file() -> str:
    paths = ssl.get_default_verify_paths()
    for path in (paths.cafile, paths.openssl_cafile, *_ROOT_FILES):
        if path and Path(path).is_file():
            return path
    raise MissingProgramError(
        "cannot find the system's root certificates for pg_dump",
        hint="Install PostgreSQL's client programs of version 16 or newer, or name a file with sslrootcert.",
    )
