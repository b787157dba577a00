"""What recognition works on: recognisers as data, what is asked of them, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from pgsluice.config.rules import Rule
from pgsluice.recognition.names import NO_WORDS, Words

T = TypeVar("T")
Test = Callable[[str], bool]

# Kinds of types as the core's masks call them, in the groups that recognisers ask for.
TEXT = frozenset({"text"})
INTEGERS = frozenset({"int2", "int4", "int8"})
NUMBERS = INTEGERS | {"numeric", "float4", "float8"}
MOMENTS = frozenset({"timestamp", "timestamptz"})
DATES = MOMENTS | {"date"}
DOCUMENTS = frozenset({"json", "jsonb"})

# What people write where there is nothing.
_BLANK = frozenset(
    {"", "-", "--", "?", ".", "n/a", "na", "none", "null", "nil", "unknown", "unbekannt", "x", "0", "tbd"}
)
# Different values that are looked at; more would not tell more.
DIFFERENT_MAX = 500
# A first look: a recogniser that finds nothing in so many values, and no word for it in the name, is not asked further.
FIRST_LOOK = 40
# Different values that a conclusion about all of them is drawn from.
ENOUGH = 10


def thinned(values: Sequence[T], count_max: int) -> Sequence[T]:
    """Give at most so many of the values, evenly spread over all of them."""
    if len(values) <= count_max:
        return values
    return [values[number * len(values) // count_max] for number in range(count_max)]


class Confidence(IntEnum):
    """How sure a proposal is. LOW ones are not made: the column is left to a person, with a hint."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """As the rules file writes it."""
        return self.name.lower()


class Values:
    """The values of one column that were looked at. They are nobody else's: `repr` shows counts."""

    def __init__(self, sampled: Iterable[str | None] = ()) -> None:
        counts: dict[str, int] = {}
        self.count = 0
        for value in sampled:
            if value is not None and (text := value.strip()).lower() not in _BLANK:
                self.count += 1
                counts[text] = counts.get(text, 0) + 1
        self.different_count = len(counts)
        # From all over the sample, whose rows come in the order of the table.
        self.different = thinned(tuple(counts), DIFFERENT_MAX)

    def all_pass(self, test: Test) -> bool:
        """Whether there are enough different values to go by, and all that were looked at pass."""
        return self.different_count >= ENOUGH and all(test(value) for value in self.different)

    def __repr__(self) -> str:
        return f"<Values count={self.count} different={self.different_count}>"

    def share(self, test: Test, *, is_expected: bool) -> float:
        """Give the share of different values that pass; without an expectation, by a first look if that is empty."""
        looked = self.different
        if not is_expected and len(looked) > FIRST_LOOK:
            step = len(looked) // FIRST_LOOK
            if not any(test(value) for value in looked[::step]):
                return 0.0
        return sum(1 for value in looked if test(value)) / len(looked) if looked else 0.0


@dataclass(frozen=True)
class Subject:
    """What is judged: a column, or a member of its documents."""

    name: Words
    type_kind: str
    table: Words = NO_WORDS
    # Words of a short comment, and of the domain or other type of the database's own.
    also_named: tuple[Words, ...] = ()
    # Words of a comment that is more than a name.
    described: Words = NO_WORDS
    values: Values = field(default_factory=Values)
    is_about_people: bool = False
    # Whether a row of the table belongs to a person, whom another table is about.
    is_of_a_person: bool = False


@dataclass(frozen=True)
class Offer:
    """A rule that hides what was recognised, for columns of some kinds of types."""

    rule: Rule
    kinds: frozenset[str] = TEXT
    # Only where all values pass that were looked at, and they are not few.
    fits: Test | None = None


@dataclass(frozen=True)
class Recogniser:
    """One kind of value that must not be seen: how it is known, and which rules hide it.

    `words` in a name say so by themselves; `weak_words` say so in a table of `tables`, or of people if
    `is_weak_of_people`, and only hint at it elsewhere (where `tables` are given, not even that).
    `is_one` is true of few values that are something else, `may_be_one` false of few that are it.
    """

    kind: str
    noun: str  # plural, as reasons use it: "12 % of 300 values are e-mail addresses"
    kinds: frozenset[str]
    offers: tuple[Offer, ...]
    words: frozenset[str] = frozenset()
    weak_words: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    is_weak_of_people: bool = False
    is_one: Test | None = None
    may_be_one: Test | None = None
    # How sure values alone make it, and from which share of them on.
    alone: Confidence = Confidence.LOW
    alone_share: float = 0.9
    # How sure it may be at all.
    at_most: Confidence = Confidence.HIGH
    # What makes `is_one` sure: "Luhn digit".
    proof: str = ""
    # Whether a table called after them is a list of all that there are, and names nobody.
    has_public_lists: bool = False

    def offers_for(self, subject: Subject) -> tuple[Rule, ...]:
        """Give the rules for a column, the best first."""
        return tuple(
            offer.rule
            for offer in self.offers
            if subject.type_kind in offer.kinds and (offer.fits is None or subject.values.all_pass(offer.fits))
        )


@dataclass(frozen=True)
class Finding:
    """What is proposed for a column: rules in order of preference, how sure, and why."""

    confidence: Confidence
    rules: tuple[Rule, ...]
    reason: str
    kind: str
    # Of a document: why each path has its rule.
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_keep(self) -> bool:
        """Whether the best rule leaves the column as it is."""
        return bool(self.rules) and self.rules[0].mask == "keep"
