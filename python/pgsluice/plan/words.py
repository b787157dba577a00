"""Fills the lists that word masks draw from with Faker's words, once per plan. Knows no rule and no row."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import warnings
from functools import cached_property
from typing import TYPE_CHECKING

from pgsluice.errors import PlanRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The lists there are; each is a method of Faker's that takes no argument and gives one word.
WORD_LISTS = frozenset(
    {"first_name", "last_name", "user_name", "street_name", "city", "postcode", "country", "company"}
)

# A thousand draws give 200 to 1,000 words a list in 10 to 60 ms; twice as many give a quarter more words.
DRAWS = 1_000

# Longer ones are sentences, not names, and would not fit the columns they are for.
_WORD_CHARS_MAX = 100

# What Faker's providers raise where a locale has gaps (es_CL's company: now and then AssertionError).
_GAPS = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)


class WordList(list[str]):
    """The words of one list in one locale, which many tables share: written as JSON once, not for each of them."""

    @cached_property
    def text(self) -> str:
        """The list as JSON."""
        return json.dumps(self)

    @cached_property
    def digest(self) -> str:
        """Name the list by its words."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def preload() -> None:
    """Import what makes the words; to be called in a thread while servers are waited for."""
    import faker  # noqa: F401, PLC0415 - the import is the work


def word_lists(names: Iterable[str], locale: str, seed: bytes) -> dict[str, WordList]:
    """Make the lists of these names in one locale, each without duplicates and in the order they were drawn.

    Equal seeds give equal lists under one version of Faker; a list does not depend on the others asked for.
    Where a locale lacks a kind of word, Faker's own default (en_US) stands in.

    ERRORS: PlanRefusedError if Faker does not know the locale, or has no word for a list in it.
    """
    # Faker takes 0.2 s to import, and most commands make no words.
    from faker import Faker  # noqa: PLC0415 - as above
    from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415 - as above

    known = locale.replace("-", "_")
    if known not in AVAILABLE_LOCALES:
        near = difflib.get_close_matches(known, sorted(AVAILABLE_LOCALES), n=1, cutoff=0.3)
        raise PlanRefusedError(
            f'unrecognized locale "{locale}"',
            hint=f'Use a locale of Faker\'s, for example locale = "{near[0] if near else "en_US"}".',
        )
    with warnings.catch_warnings():
        # Faker warns of locales it has renamed; they still work.
        warnings.simplefilter("ignore")
        faker = Faker(known, use_weighting=False)
    lists = {}
    for name in names:
        faker.seed_instance(hashlib.sha256(seed + name.encode()).digest())
        draw = getattr(faker, name, None) if name in WORD_LISTS else None
        lists[name] = WordList(_words(draw, is_login=name == "user_name") if draw else ())
        if not lists[name]:
            raise PlanRefusedError(
                f'locale "{locale}" has no words for the list "{name}"',
                hint='Choose a locale that has them, for example locale = "en_US".',
            )
    return lists


def _words(draw: Callable[[], str], *, is_login: bool) -> list[str]:
    words: dict[str, None] = {}
    for _ in range(DRAWS):
        try:
            word = draw()
        except _GAPS:
            continue
        word = re.sub(r"[^a-z0-9]", "", word.lower()) if is_login else " ".join(word.split())
        if word and len(word) <= _WORD_CHARS_MAX and "\0" not in word:
            words[word] = None
    return list(words)
