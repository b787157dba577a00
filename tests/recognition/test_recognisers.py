"""Every recogniser: values and names that are of its kind, some that are not, and offers that can be taken."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pgsluice._core import mask_specs, type_names
from pgsluice.recognition.judge import judge
from pgsluice.recognition.model import Confidence, Recogniser, Subject, Values
from pgsluice.recognition.names import words
from pgsluice.recognition.recognisers.listed import RECOGNISERS

EXAMPLES: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("examples.toml").read_text(encoding="utf-8")
)
VALUES = [kind for kind, examples in EXAMPLES.items() if "values" in examples]
NAMES = [kind for kind, examples in EXAMPLES.items() if "names" in examples]


def named(kind: str) -> Recogniser:
    (found,) = (recogniser for recogniser in RECOGNISERS if recogniser.kind == kind)
    return found


def test_recognisers_have_kinds_of_their_own() -> None:
    assert len({recogniser.kind for recogniser in RECOGNISERS}) == len(RECOGNISERS)


@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda found: found.kind)
def test_recogniser_offers_masks_that_take_its_types(recogniser: Recogniser) -> None:
    specs = {spec.name: spec for spec in mask_specs()}
    readable = {kind for _, kind in type_names()}

    wrong = [
        f"{offer.rule.mask} for {kind}"
        for offer in recogniser.offers
        for kind in offer.kinds
        if offer.rule.mask != "null" and not (kind in readable and kind in specs[offer.rule.mask].accepts)
    ]
    unknown = [
        name
        for offer in recogniser.offers
        for name in offer.rule.parameters
        if name not in {parameter.name for parameter in specs[offer.rule.mask].parameters}
    ]

    assert recogniser.offers
    assert wrong == []
    assert unknown == []
    assert all(offer.kinds <= recogniser.kinds for offer in recogniser.offers)
    assert all(offer.rule.mask != "keep" for offer in recogniser.offers)


@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda found: found.kind)
def test_recogniser_is_tested_by_values_and_names(recogniser: Recogniser) -> None:
    assert recogniser.is_one is None or recogniser.kind in VALUES
    assert recogniser.words


@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda found: found.kind)
def test_recogniser_tests_take_any_text(recogniser: Recogniser) -> None:
    texts = ["", " ", "\n", "\0", "\ud800", "'\"\\", "a" * 1000, "1" * 1000, "🐘", "-", "٣", "²", "(" * 200, "a@" * 300]

    for test in (recogniser.is_one, recogniser.may_be_one, *(offer.fits for offer in recogniser.offers)):
        if test is not None:
            assert {type(test(text)) for text in texts} <= {bool}


@pytest.mark.parametrize("kind", VALUES)
def test_values_are_told_from_those_of_other_kinds(kind: str) -> None:
    test = named(kind).is_one
    assert test is not None

    missed = [value for value in EXAMPLES[kind]["values"] if not test(value)]
    mistaken = [value for value in EXAMPLES[kind]["not_values"] if test(value)]

    assert (missed, mistaken) == ([], [])


@pytest.mark.parametrize("kind", VALUES)
def test_values_that_are_one_may_be_one(kind: str) -> None:
    test = named(kind).may_be_one

    assert test is None or [value for value in EXAMPLES[kind]["values"] if not test(value)] == []


@pytest.mark.parametrize("kind", NAMES)
def test_names_alone_say_what_a_column_holds(kind: str) -> None:
    type_kind = {"birth-date": "date", "picture": "bytea"}.get(kind, "text")

    def found(name: str) -> str | None:
        finding = judge(Subject(words(name), type_kind), RECOGNISERS)
        return finding.kind if finding is not None and finding.confidence > Confidence.LOW else None

    assert {name: found(name) for name in EXAMPLES[kind]["names"]} == dict.fromkeys(EXAMPLES[kind]["names"], kind)
    assert [name for name in EXAMPLES[kind]["not_names"] if found(name) == kind] == []


def found(name: str, values: list[str], *, table: str = "things", is_about_people: bool = False) -> tuple[str, str]:
    subject = Subject(words(name), "text", words(table), values=Values(values), is_about_people=is_about_people)
    finding = judge(subject, RECOGNISERS)
    return (finding.kind, finding.confidence.word) if finding is not None else ("nothing", "low")


MAILS = [f"person{number}@example.com" for number in range(50)]
LETTERS = [f"wrote {mail} twice" if n % 40 == 0 else f"sent {n} parcels off" for n, mail in enumerate(MAILS)]
PHONES = [f"+49 30 {number:07}" for number in range(50)]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("email", MAILS, ("email", "high")),
        ("c17", MAILS, ("email", "high")),
        ("c17", MAILS[:4], ("email", "medium")),
        ("email", [], ("email", "medium")),
        ("phone", ["red", "green", "blue"] * 20, ("phone", "low")),
        ("phone", MAILS, ("email", "high")),
        ("c17", MAILS[:20] + ["nobody knows this"[n % 9 :] for n in range(30)], ("email", "low")),
        ("contact", PHONES, ("phone", "high")),
        ("c17", [str(number) for number in range(50)], ("nothing", "low")),
        ("c17", [f"lamp no. {number}" for number in range(50)], ("nothing", "low")),
        ("c17", LETTERS, ("free-text", "medium")),
    ],
)  # fmt: skip
def test_name_and_values_are_weighed(name: str, values: list[str], expected: tuple[str, str]) -> None:
    assert found(name, values) == expected


def test_name_is_a_persons_in_a_table_of_people_only() -> None:
    names = ["Xiq Rxx", "Qwe Zzz", "Plo Krr"]

    assert found("name", names, table="customers", is_about_people=True) == ("person-name", "medium")
    assert found("name", names, table="products") == ("person-name", "low")


def test_reasons_hold_no_value() -> None:
    for kind in VALUES:
        values, others = EXAMPLES[kind]["values"], EXAMPLES[kind]["not_values"]
        for name in ("c1", kind):
            finding = judge(Subject(words(name), "text", values=Values(values * 3 + others)), RECOGNISERS)
            assert finding is not None
            assert [value for value in values if len(value) > 3 and value in finding.reason] == []


def test_values_show_counts_only() -> None:
    values = Values(["ada@example.com", None, "", "ada@example.com", "n/a", "x"])

    assert repr(values) == "<Values count=2 different=1>"
