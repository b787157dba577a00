"""Keys, the pseudo-random function and its streams: the docs of `key.rs`."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, TypeVar

from blake3 import blake3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class MasterKey:
    """The run's 32-byte key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            msg = f"expected 32 bytes, found {len(key)}"
            raise ValueError(msg)
        self._key = key

    def subkey(self, purpose: str, name: str) -> bytes:
        info = f"pgsluice/1/{purpose}/{name}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._key)

    def prf(self, mask: str, domain: str) -> Prf:
        return Prf(self.subkey(f"mask/{mask}", domain))

    def id(self) -> str:
        return self.subkey("key-id", "")[:8].hex()

    def mac(self, purpose: str, data: bytes) -> bytes:
        return hmac.new(self.subkey("mac", purpose), data, hashlib.sha256).digest()


class Prf:
    """Keyed BLAKE3 under one subkey."""

    def __init__(self, subkey: bytes) -> None:
        self._subkey = subkey

    def block(self, value: bytes) -> bytes:
        return blake3(value, key=self._subkey).digest()

    def word(self, value: bytes) -> int:
        return int.from_bytes(self.block(value)[:16], "little")

    def first(self, value: bytes) -> int:
        """The first 8 bytes of the block of `value`, little-endian."""
        return int.from_bytes(self.block(value)[:8], "little")

    def stream(self, value: bytes) -> Stream:
        return Stream(self, value)

    def child(self, name: str) -> Prf:
        return Prf(self.block(name.encode()))

    def sip_key(self) -> bytes:
        return self.block(b"siphash")[:16]

    def aes_key(self) -> bytes:
        return self.block(b"aes")


class Stream:
    """The numbers of one value, in order."""

    def __init__(self, prf: Prf, value: bytes) -> None:
        self._prf = prf
        self._block = prf.block(value)
        self._used = 0
        self._turn = 0

    def u64(self) -> int:
        if self._used == 32:
            self._turn += 1
            self._block = self._prf.block(self._block + self._turn.to_bytes(4, "little"))
            self._used = 0
        self._used += 8
        return int.from_bytes(self._block[self._used - 8 : self._used], "little")

    def below(self, bound: int) -> int:
        return (self.u64() * bound) >> 64

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]
