"""Seals of checkpoints: the docs of `seal.rs`, XChaCha20-Poly1305 by HChaCha20 and ChaCha20-Poly1305."""

from __future__ import annotations

import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from oracle.keys import MasterKey


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """The subkey of 32 bytes that XChaCha20 uses (draft-irtf-cfrg-xchacha-03, section 2.2)."""
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def quarter(a: int, b: int, c: int, d: int) -> None:
        for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            mixed = state[z] ^ state[x]
            state[z] = ((mixed << bits) | (mixed >> (32 - bits))) & 0xFFFFFFFF

    for _ in range(10):
        for at in range(4):
            quarter(at, 4 + at, 8 + at, 12 + at)
        for at in range(4):
            quarter(at, 4 + (at + 1) % 4, 8 + (at + 2) % 4, 12 + (at + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def _cipher(key: bytes, nonce: bytes) -> tuple[ChaCha20Poly1305, bytes]:
    subkey = MasterKey(key).subkey("seal", "")
    return ChaCha20Poly1305(hchacha20(subkey, nonce[:16])), bytes(4) + nonce[16:]


def seal(key: bytes, associated: bytes, plaintext: bytes) -> bytes:
    """Version, nonce, ciphertext and tag."""
    content = len(associated).to_bytes(8, "little") + associated + plaintext
    nonce = MasterKey(key).mac("seal-nonce", content)[:24]
    cipher, short_nonce = _cipher(key, nonce)
    return b"\x01" + nonce + cipher.encrypt(short_nonce, plaintext, associated)


def open_sealed(key: bytes, associated: bytes, sealed: bytes) -> bytes | None:
    """The plaintext, or None if anything differs."""
    if len(sealed) < 25 or sealed[0] != 1:
        return None
    cipher, short_nonce = _cipher(key, sealed[1:25])
    try:
        return cipher.decrypt(short_nonce, sealed[25:], associated)
    except InvalidTag:
        return None
