"""Send formats of the types that masks compute with, and canonical bytes."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction

INTEGER_BYTES = {"int2": 2, "int4": 4, "int8": 8}
FLOATS = {"float4": ">f", "float8": ">d"}
SPECIALS = {0xC000: 2, 0xD000: 3, 0xF000: 4}


def integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def integer_bytes(number: int, name: str) -> bytes:
    return number.to_bytes(INTEGER_BYTES[name], "big", signed=True)


@dataclass(frozen=True)
class Numeric:
    """A finite numeric, or the sign word of NaN or an infinity."""

    number: Fraction
    dscale: int
    special: int | None = None

    @classmethod
    def read(cls, value: bytes) -> Numeric:
        count, weight, sign, dscale = struct.unpack_from(">HhHH", value)
        if sign in SPECIALS:
            return cls(Fraction(0), dscale, sign)
        groups = struct.unpack_from(f">{count}H", value, 8)
        number = sum((group * Fraction(10000) ** (weight - at) for at, group in enumerate(groups)), start=Fraction(0))
        return cls(-number if sign else number, dscale)

    def groups(self) -> tuple[int, list[int]]:
        """Weight and groups without zeros at either end."""
        rest = abs(self.number)
        if rest == 0:
            return 0, []
        weight = 0
        while rest >= Fraction(10000) ** (weight + 1):
            weight += 1
        while rest < Fraction(10000) ** weight:
            weight -= 1
        first, groups = weight, []
        while rest:
            group = int(rest // Fraction(10000) ** weight)
            groups.append(group)
            rest -= group * Fraction(10000) ** weight
            weight -= 1
        return first, groups

    def send(self) -> bytes:
        weight, groups = self.groups()
        sign = 0x4000 if self.number < 0 else 0
        return struct.pack(f">HhHH{len(groups)}H", len(groups), weight, sign, self.dscale, *groups)


def canonical(value: bytes, name: str) -> bytes:
    """Equal values as equal bytes (the texts of `choice`, `noise` and `shift-date`)."""
    if name in INTEGER_BYTES:
        return integer(value).to_bytes(8, "big", signed=True)
    if name in FLOATS:
        (number,) = struct.unpack(FLOATS[name], value)
        return bytes.fromhex("7ff8000000000000") if math.isnan(number) else struct.pack(">d", number + 0.0)
    if name == "numeric":
        numeric = Numeric.read(value)
        weight, groups = numeric.groups()
        sign = SPECIALS[numeric.special] if numeric.special else int(numeric.number < 0)
        return struct.pack(f">iB{len(groups)}H", weight, sign, *groups)
    return value
