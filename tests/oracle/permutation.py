"""Keyed permutations of 0..count: the table of `permute.rs`, with SipHash-2-4 written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oracle.keys import Prf

_MASK = (1 << 64) - 1


def _rotate(x: int, bits: int) -> int:
    return ((x << bits) | (x >> (64 - bits))) & _MASK


def siphash24(key: bytes, data: bytes) -> int:
    """SipHash-2-4 (Aumasson and Bernstein, 2012) as a number."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0 = (v0 + v1) & _MASK
            v1 = _rotate(v1, 13) ^ v0
            v0 = _rotate(v0, 32)
            v2 = (v2 + v3) & _MASK
            v3 = _rotate(v3, 16) ^ v2
            v0 = (v0 + v3) & _MASK
            v3 = _rotate(v3, 21) ^ v0
            v2 = (v2 + v1) & _MASK
            v1 = _rotate(v1, 17) ^ v2
            v2 = _rotate(v2, 32)

    whole = len(data) // 8 * 8
    last = data[whole:].ljust(7, b"\0") + bytes([len(data) & 0xFF])
    for at in range(0, whole, 8):
        m = int.from_bytes(data[at : at + 8], "little")
        v3 ^= m
        rounds(2)
        v0 ^= m
    m = int.from_bytes(last, "little")
    v3 ^= m
    rounds(2)
    v0 ^= m
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3


def permute(prf: Prf, count: int, value: int, tweak: int = 0) -> int:
    """The image of `value`, which is below `count`."""
    if not 0 <= value < count:
        msg = f"expected a number below {count}"
        raise ValueError(msg)
    key = prf.sip_key()
    width = max((count - 1).bit_length(), 2)
    low_bits = width // 2
    high_bits = width - low_bits
    rounds = 20 if width <= 16 else 10

    def f(number: int, half: int) -> int:
        data = bytes([number]) + half.to_bytes(8, "little") + tweak.to_bytes(8, "little")
        return siphash24(key, data)

    while True:
        low, high = value & ((1 << low_bits) - 1), value >> low_bits
        for number in range(rounds):
            if number % 2 == 0:
                high ^= f(number, low) & ((1 << high_bits) - 1)
            else:
                low ^= f(number, high) & ((1 << low_bits) - 1)
        value = (high << low_bits) | low
        if value < count:
            return value
