"""Canaries: a random value of its own for every cell, and a search for each of them in every spelling."""

from __future__ import annotations

import base64
import json
import secrets
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Canaries:
    """Makes values that nothing else has, and finds them again."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, int] = {}

    def text(self, place: str) -> str:
        """128 random bits with characters that are escaped differently everywhere."""
        value = f'ca"{secrets.token_hex(16)}\\é'
        self.texts[place] = value
        return value

    def plain(self, place: str) -> str:
        """128 random bits as hexadecimal digits, for places that take no quote."""
        value = secrets.token_hex(16)
        self.texts[place] = value
        return value

    def number(self, place: str) -> int:
        """A number of 18 digits."""
        value = 10**17 + secrets.randbelow(9 * 10**17)
        self.numbers[place] = value
        return value

    def found_in(self, haystacks: Iterable[tuple[str, bytes]]) -> list[str]:
        """Which canary is where: place, spelling and haystack."""
        spelt = [
            (place, word, needle)
            for place, word, needle in (*self._text_spellings(), *self._number_spellings())
            if len(needle) >= 8
        ]
        return [
            f"{place} as {word} in {name}"
            for name, content in haystacks
            for place, word, needle in spelt
            if needle in content
        ]

    def _text_spellings(self) -> Iterator[tuple[str, str, bytes]]:
        for place, value in self.texts.items():
            digits = "".join(char for char in value if char in "0123456789abcdef")[-32:]
            raw = value.encode()
            core = digits.encode()
            yield place, "itself", raw
            yield place, "its digits", core
            yield place, "its first digits", core[:16]
            yield place, "its last digits", core[-16:]
            yield place, "hex", core.hex().encode()
            yield place, "HEX", core.hex().upper().encode()
            yield place, "utf-16", digits.encode("utf-16-le")
            yield place, "url", quote(value).encode()
            yield place, "json", json.dumps(value)[1:-1].encode()
            yield place, "repr", repr(value)[1:-1].encode()
            for shift in range(3):  # Base64 of a text inside of a longer one, wherever it begins.
                inner = base64.b64encode(b"\0" * shift + core)
                yield place, "base64", inner[4:-4]

    def _number_spellings(self) -> Iterator[tuple[str, str, bytes]]:
        for place, value in self.numbers.items():
            yield place, "decimal", str(value).encode()
            yield place, "its first digits", str(value)[:14].encode()
            yield place, "bytes", value.to_bytes(8, "big")
            yield place, "bytes reversed", value.to_bytes(8, "little")
            yield place, "hex", value.to_bytes(8, "big").hex().encode()
            yield place, "grouped", f"{value:,}".encode()


def told_by(error: BaseException) -> Iterator[tuple[str, bytes]]:
    """All that an exception tells whoever logs it: texts, arguments, causes, and the locals of its frames."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        kind = type(found).__name__
        facts = [str(found), repr(found), repr(found.args), repr(vars(found)), repr(getattr(found, "__notes__", ""))]
        yield f"{kind} text", "\n".join(facts).encode(errors="replace")
        report = traceback.TracebackException.from_exception(found, capture_locals=True)
        yield f"{kind} traceback", "".join(report.format()).encode(errors="replace")
        for frame, _ in traceback.walk_tb(found.__traceback__):
            own = "\n".join(f"{name}={value!r}" for name, value in frame.f_locals.items())
            yield f"{kind} locals of {frame.f_code.co_qualname}", own.encode(errors="replace")
        waiting += [other for other in (found.__cause__, found.__context__) if other is not None]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions
