"""Owns which of libpq's connection parameters a URI may name, and what becomes of each."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pgsluice.errors import UsageError

# Passed on to the driver and to PostgreSQL's programs.
KEPT = {
    "dbname",
    "host",
    "krbsrvname",
    "options",
    "passfile",
    "port",
    "service",
    "target_session_attrs",
    "user",
}
# Taken out, because they are ours to keep: a password off command lines, TLS the same for driver and programs.
TAKEN = {
    "password",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
}
# Sessions have names, timeouts and keepalives of our own; nothing is less safe without these.
_IGNORED = {
    "application_name",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "max_protocol_version",
    "min_protocol_version",
    "sslcertmode",
    "sslcompression",
    "sslsni",
    "tcp_user_timeout",
}
# What asks for nothing that we do not do; any other value would promise what we cannot keep.
_IGNORED_VALUES = {
    "channel_binding": {"disable", "prefer"},
    "gssencmode": {"disable", "prefer"},
    "load_balance_hosts": {"disable"},
}
_REFUSED = {
    "channel_binding": "The driver knows no channel binding; sslmode=verify-full names the server as surely.",
    "gssencmode": "The driver knows no GSSAPI encryption; use TLS.",
    "hostaddr": "Name the host by its address, or by a name that resolves to it.",
    "load_balance_hosts": "Leave it out: hosts are tried in order.",
    "replication": "Leave it out.",
    "require_auth": "Leave it out: the server's pg_hba.conf decides.",
    "requirepeer": "Leave it out: the permissions of the socket's directory decide.",
    "ssl": "Name an sslmode: verify-full, or a weaker one.",
    "sslcrldir": "Name one file with sslcrl.",
    "sslkeylogfile": "Leave it out: it would let others read along.",
    "sslpassword": "Use a key without a passphrase in a file that only you can read; programs would show it to others.",
}
# The same demands, made by the environment: variable and the value that demands something, None for any.
_REFUSED_VARIABLES = {
    "PGCHANNELBINDING": "require",
    "PGGSSENCMODE": "require",
    "PGREQUIREAUTH": None,
    "PGREQUIREPEER": None,
}


def refuse_parameters(options: Iterable[tuple[str, str]], *, role: str) -> None:
    """Raise UsageError for a parameter that cannot be kept."""
    for name, value in options:
        if name in KEPT | TAKEN | _IGNORED or value in _IGNORED_VALUES.get(name, ()):
            continue
        if name in _REFUSED:
            raise UsageError(f"cannot keep what {name} in the {role} URI asks for", hint=_REFUSED[name])
        # Not quoted: it may be the second half of a password that holds a question mark.
        raise UsageError(
            f"unrecognized parameter in the {role} URI",
            hint="Use libpq's names; write special characters of a password as %3F, %26, %2F, %40.",
        )
    for variable, demand in _REFUSED_VARIABLES.items():
        found = os.environ.get(variable)
        if found and demand in {None, found}:
            raise UsageError(
                f"cannot keep what {variable} asks for",
                hint="The driver does not know it: unset it, and use verify-full.",
            )
