"""FF1 encryption, NIST SP 800-38G, algorithm 7, step by step."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def _aes(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def _prf(key: bytes, data: bytes) -> bytes:
    state = bytes(16)
    for at in range(0, len(data), 16):
        state = _aes(key, bytes(a ^ b for a, b in zip(state, data[at : at + 16], strict=True)))
    return state


def encrypt(key: bytes, radix: int, tweak: bytes, numerals: list[int]) -> list[int]:
    """Encrypt `numerals`, the first the most significant."""
    n, t = len(numerals), len(tweak)
    u = n // 2
    v = n - u
    a, b = _number(numerals[:u], radix), _number(numerals[u:], radix)
    b_bytes = ((radix**v - 1).bit_length() + 7) // 8
    d = 4 * ((b_bytes + 3) // 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256])
    p += n.to_bytes(4, "big") + t.to_bytes(4, "big")
    for i in range(10):
        q = tweak + bytes((-t - b_bytes - 1) % 16) + bytes([i]) + b.to_bytes(b_bytes, "big")
        r = _prf(key, p + q)
        s = r
        for j in range(1, (d + 15) // 16):
            s += _aes(key, bytes(x ^ y for x, y in zip(r, j.to_bytes(16, "big"), strict=True)))
        y = int.from_bytes(s[:d], "big")
        m = u if i % 2 == 0 else v
        a, b = b, (a + y) % radix**m
    return _numerals(a, radix, u) + _numerals(b, radix, v)


def _number(numerals: list[int], radix: int) -> int:
    number = 0
    for numeral in numerals:
        number = number * radix + numeral
    return number


def _numerals(number: int, radix: int, length: int) -> list[int]:
    numerals = []
    for _ in range(length):
        number, numeral = divmod(number, radix)
        numerals.append(numeral)
    return numerals[::-1]
