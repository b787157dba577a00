"""PERMUTE, chains of chunks and the tweak of a text: what masks of characters share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.permutation import permute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from oracle.keys import Prf

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#: The characters that may take a symbol's place, by their number.
Set = str


def set_of(character: str) -> Set:
    """The set of a digit or letter."""
    for characters in (DIGITS, LETTERS[:26], LETTERS[26:]):
        if character in characters:
            return characters
    msg = "expected a digit or letter"
    raise ValueError(msg)


def tweak_of(prf: Prf, kept: str) -> int:
    return prf.first(kept.encode()) if kept else 0


def link(prf: Prf, tweak: int, number: int) -> int:
    return prf.first(tweak.to_bytes(8, "little") + number.to_bytes(16, "little"))


def chain(prf: Prf, numbers: list[int], tweak: int, permute_at: Callable[[int, int, int], int]) -> list[int]:
    """Permute the chunks forth and back."""
    numbers = list(numbers)
    t = tweak
    for at, number in enumerate(numbers):
        numbers[at] = permute_at(at, number, t)
        t = link(prf, t, numbers[at])
    t = tweak ^ (1 << 63)
    for at in range(len(numbers) - 2, -1, -1):
        t = link(prf, t, numbers[at + 1])
        numbers[at] = permute_at(at, numbers[at], t)
    return numbers


def permute_symbols(prf: Prf, symbols: Iterable[tuple[str, Set]], tweak: int) -> list[str]:
    """PERMUTE a list of characters, each with its set."""
    chunks: list[list[tuple[str, Set]]] = []
    counts: list[int] = []
    for character, characters in symbols:
        radix = len(characters)
        if chunks and counts[-1] * radix <= 10**38:
            chunks[-1].append((character, characters))
            counts[-1] *= radix
        else:
            chunks.append([(character, characters)])
            counts.append(radix)
    numbers = []
    for chunk in chunks:
        number = 0
        for character, characters in chunk:
            number = number * len(characters) + characters.index(character)
        numbers.append(number)
    images = chain(prf, numbers, tweak, lambda at, number, t: permute(prf, counts[at], number, t))
    replaced: list[str] = []
    for chunk, image in zip(chunks, images, strict=True):
        rest = image
        written = []
        for _, characters in reversed(chunk):
            rest, number = divmod(rest, len(characters))
            written.append(characters[number])
        replaced += reversed(written)
    return replaced


def replace_at(prf: Prf, text: str, places: dict[int, Set], tweak: int) -> str:
    """PERMUTE the characters at `places`, in the order of the text."""
    order = sorted(places)
    characters = list(text)
    images = permute_symbols(prf, [(text[at], places[at]) for at in order], tweak)
    for at, image in zip(order, images, strict=True):
        characters[at] = image
    return "".join(characters)
