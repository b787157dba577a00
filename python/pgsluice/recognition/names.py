"""Takes names of tables and columns apart into words, in whatever case, joint and language they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# As many words as the longest phrase in the recognisers' lists has ("numero de securite sociale").
_PHRASE_WORDS_MAX = 4
# Capitals that a word ends before, words with and without a capital, numbers; letters of other scripts by themselves.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
# Letters that do not come apart into a base letter and a mark.
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D",
     "ð": "d", "þ": "th", "\u0131": "i"}
)  # fmt: skip
# How the same words are spelt where marks are not to be had.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True)
class Words:
    """A name as words: single ones in order, and every phrase of neighbours written as one."""

    single: tuple[str, ...] = ()
    phrases: frozenset[str] = frozenset()

    @property
    def is_turned(self) -> bool:
        """Whether the last word makes another thing of what the others name."""
        return len(self.single) > 1 and (self.single[-1] in _TURNING or self.single[0] in {"is", "has", "ist", "hat"})

    def longest_of(self, wanted: frozenset[str]) -> str | None:
        """Give the longest phrase that is in a list."""
        found = self.phrases & wanted
        return max(found, key=lambda phrase: (len(phrase), phrase)) if found else None


NO_WORDS = Words()


def words(name: str) -> Words:
    """Take a name apart: "customerEMailAddress", "E_MAIL-ADRESSE" and "Größe" give words without case and marks."""
    plain = _split(_without_marks(name))
    spelt = _split(_without_marks(name.translate(_SPELT_OUT)))
    phrases = {phrase for split in (plain, spelt) for phrase in _phrases(split)}
    return Words(single=plain, phrases=frozenset(phrases))


def word_list(text: str) -> frozenset[str]:
    """Make a recogniser's list: phrases between commas, each written as one, marks also spelt out, numbers also cut."""
    written = (
        "".join(_split(_without_marks(form)))
        for phrase in text.replace("\n", " ").split(",")
        for form in (phrase, phrase.translate(_SPELT_OUT))
    )
    return frozenset(form for phrase in written if phrase for form in _with_numbers_cut(phrase))


def _with_numbers_cut(phrase: str) -> Iterable[str]:
    """A phrase, and the same with the short forms of the word for number that it ends in."""
    yield phrase
    for word in ("nummer", "number"):
        if phrase.endswith(word) and phrase != word:
            yield from (phrase.removesuffix(word) + short for short in ("nr", "no", "num"))


def plain(text: str) -> str:
    """Write a text without case and marks, for lookups."""
    return text.lower() if text.isascii() else _without_marks(text).casefold()


def _without_marks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(char for char in apart if not unicodedata.combining(char))


def _split(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name))


def _phrases(split: tuple[str, ...]) -> Iterable[str]:
    for start in range(len(split)):
        for end in range(start + 1, min(start + _PHRASE_WORDS_MAX, len(split)) + 1):
            phrase = "".join(split[start:end])
            yield phrase
            yield from _singular(phrase)


def _singular(phrase: str) -> Iterable[str]:
    """English plurals; other languages' are in the lists."""
    if phrase.endswith("ies"):
        yield phrase[:-3] + "y"
    if phrase.endswith(("sses", "xes")):
        yield phrase[:-2]
    elif phrase.endswith("s") and not phrase.endswith("ss"):
        yield phrase[:-1]


# What stands behind a word that names the thing, and makes another thing of it: "email_verified" is no address.
_TURNING = word_list(
    """type, typ, kind, status, state, flag, verified, confirmed, valid, validated, enabled, active, count, counter,
    template, format, label, at, on, sent, opened, clicked, optin, optout, in, out, source, provider, required,
    visible, public, hint, help, placeholder, error, reason, prefix, length, index, sort, order, version, locale,
    language, lang, position, quality, score, rank"""
)
