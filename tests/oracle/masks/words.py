"""`street`, `city`, `postcode`, `country`, `company`, and how words are picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oracle.column import Call
    from oracle.keys import Stream


def words_of(call: Call, name: str) -> Sequence[str]:
    return call.words[f"{call.parameters.get('locale', 'en_US')}/{name}"]


def pick(stream: Stream, words: Sequence[str], room: int | None) -> str:
    """A word with room for so many characters."""
    word = stream.pick(words)
    if room is None or len(word) <= room:
        return word
    return stream.pick([short for short in sorted(words, key=len) if len(short) <= room])


def of_list(name: str) -> Callable[[Call], bytes]:
    """The mask that draws from the list `name`."""

    def mask(call: Call) -> bytes:
        stream = call.prf.stream(call.value)
        return pick(stream, words_of(call, name), call.column.chars_max).encode()

    return mask
