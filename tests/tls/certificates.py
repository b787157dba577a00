"""Makes certificate authorities and certificates, good ones and each kind of bad one."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
#: A way to write 127.0.0.1 that every resolver knows and that is no loopback address for us: a host like any other.
HOST = "127.1"


@dataclass(frozen=True)
class Signed:
    """A certificate with its private key, and those that the server sends behind it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        return "".join(
            certificate.public_bytes(serialization.Encoding.PEM).decode()
            for certificate in (self.certificate, *self.chain)
        )

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def write(self, directory: Path, name: str) -> tuple[Path, Path]:
        """Write both files as a user keeps them; give their paths."""
        certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
        certificate.write_text(self.pem)
        key.touch(0o600)
        key.write_text(self.key_pem)
        return certificate, key


def signed(
    common_name: str,
    by: Signed | None,
    *,
    names: tuple[x509.GeneralName, ...] = (),
    is_authority: bool = False,
    begins: datetime.datetime = NOW - DAY,
    ends: datetime.datetime = NOW + 30 * DAY,
    purpose: x509.ObjectIdentifier | None = None,
) -> Signed:
    """Make a key and a certificate for it, signed by another one or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    if is_authority:
        usage = dict.fromkeys(
            ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
        )
        builder = builder.add_extension(
            x509.KeyUsage(digital_signature=True, key_encipherment=False, key_cert_sign=True, crl_sign=True, **usage),
            critical=True,
        )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)


def right_names() -> tuple[x509.GeneralName, ...]:
    """What HOST is called: a name for Python and older libpq, an address for newer ones."""
    return (x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


@cache
def authority() -> Signed:
    return signed("Test Authority", None, is_authority=True)


@cache
def server(kind: str) -> Signed:
    """Give a server's certificate: "good", or what is wrong with it."""
    return _KINDS[kind]()


def _for_host(by: Signed | None, **facts: Any) -> Signed:
    return signed(HOST, by, names=right_names(), **facts)


def _signed_by_no_authority() -> Signed:
    leaf = signed("db.example.org", authority(), names=(x509.DNSName("db.example.org"),))
    mine = _for_host(leaf)
    return Signed(mine.certificate, mine.key, (leaf.certificate,))


_KINDS: dict[str, Callable[[], Signed]] = {
    "good": lambda: _for_host(authority()),
    "revoked": lambda: _for_host(authority()),
    "other name": lambda: signed("db.example.org", authority(), names=(x509.DNSName("db.example.org"),)),
    "other address": lambda: signed("10.0.0.1", authority(), names=(x509.IPAddress(ipaddress.ip_address("10.0.0.1")),)),
    "expired": lambda: _for_host(authority(), begins=NOW - 3 * DAY, ends=NOW - DAY),
    "not yet valid": lambda: _for_host(authority(), begins=NOW + DAY),
    "self-signed": lambda: _for_host(None),
    "other authority": lambda: _for_host(signed("Other Authority", None, is_authority=True)),
    "namesake of the authority": lambda: _for_host(signed("Test Authority", None, is_authority=True)),
    "link missing": lambda: _for_host(signed("Link", authority(), is_authority=True)),
    "signed by no authority": _signed_by_no_authority,
    "for clients": lambda: _for_host(authority(), purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
}


def revocations() -> str:
    """Give the authority's list of revoked certificates."""
    revoked = (
        x509.RevokedCertificateBuilder()
        .serial_number(server("revoked").certificate.serial_number)
        .revocation_date(NOW - DAY)
        .build()
    )
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority().certificate.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + 30 * DAY)
        .add_revoked_certificate(revoked)
        .sign(authority().key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
