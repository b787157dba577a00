"""Takes the servers of a command from its options or the environment, and says which of them has to prove nothing."""

from __future__ import annotations

import os

from pgsluice.cli.talk import tell
from pgsluice.driver import Dsn


def given_server(text: str | None, *, role: str) -> Dsn:
    """Give the server of an option, or of PGSLUICE_SOURCE or PGSLUICE_TARGET; warn where anybody could answer."""
    dsn = Dsn.from_option_or_environment(text, role=role)
    if not dsn.is_trusted:
        reading = "" if dsn.tls.is_always_encrypted else ", and what is sent may not be encrypted"
        tell(
            f"warning: the connection to the {role} is not verified (sslmode={dsn.tls.mode} in its URI): "
            f"whoever answers is believed{reading}"
        )
    return dsn


def given_server_or_none(text: str | None, *, role: str) -> Dsn | None:
    """Give the server if one is named."""
    return given_server(text, role=role) if text or os.environ.get(f"PGSLUICE_{role.upper()}") else None
