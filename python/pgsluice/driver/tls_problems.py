"""Says what is wrong with a server's certificate or its TLS, from OpenSSL's numbers: never in the server's words."""

from __future__ import annotations

import ssl

# Result codes of X509_verify_cert (OpenSSL's x509_vfy.h).
_CERTIFICATE_PROBLEMS = {
    2: "is signed by an authority that is not trusted here",
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself and not trusted here",
    19: "is signed by an authority that is not trusted here",
    20: "is signed by an authority that is not trusted here",
    21: "is signed by an authority that is not trusted here",
    23: "was revoked",
    26: "is not meant for a server",
    62: "is for another name",
    64: "is for another address",
}
_CERTIFICATE_HINTS = {
    2: "Name the authority's certificate with sslrootcert in the URI.",
    9: "Check the clocks of this machine and of the server.",
    10: "Renew the server's certificate; check the clock of this machine.",
    62: "Use a name that stands in the certificate, or have one made for this name.",
}
_SAME_HINT = {18: 2, 19: 2, 20: 2, 21: 2, 64: 62}
_NO_VERSION = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "WRONG_VERSION_NUMBER"}
# What the driver itself says, before it has read anything but one byte (asyncpg 0.30 to 0.32).
_REFUSED = "rejected SSL upgrade"
_ANSWERED = "server sent an error response during SSL exchange"


def is_without_tls(error: BaseException) -> bool:
    """Whether the server answered that it has no TLS, or with something that is no answer."""
    return isinstance(error, ConnectionError) and (_REFUSED in str(error) or _ANSWERED in str(error))


def tls_problem(error: BaseException) -> tuple[str, str] | None:
    """Give a sentence about the problem and one to try; None where it is none of TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        problem = _CERTIFICATE_PROBLEMS.get(code, f"could not be verified (OpenSSL's reason {code})")
        hint = _CERTIFICATE_HINTS.get(_SAME_HINT.get(code, code), "Have the server's certificate looked at.")
        return f"The server's certificate {problem}.", hint
    if isinstance(error, ssl.SSLError):
        if error.reason in _NO_VERSION:
            return "The server has no TLS version in common with us, or does not speak TLS.", "Let it allow TLS 1.2."
        if "CERTIFICATE" in (error.reason or "") and "ALERT" in (error.reason or ""):
            return (
                "The server does not accept our certificate, or wants one.",
                "Name a certificate and its key with sslcert and sslkey in the URI.",
            )
        return "TLS could not be begun.", "Check that a PostgreSQL server with TLS listens there."
    if is_without_tls(error):
        return (
            "The server does not offer TLS.",
            "Set ssl = on on the server. With sslmode=disable in the URI anybody on the way can read along.",
        )
    return None
