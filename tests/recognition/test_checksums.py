"""Check digits, against a library that computes them another way, and against numbers that their issuers publish."""

from __future__ import annotations

import string
from datetime import date
from typing import TYPE_CHECKING

import pytest
import stdnum.br.cpf
import stdnum.ch.ssn
import stdnum.de.idnr
import stdnum.es.dni
import stdnum.es.nie
import stdnum.fr.nir
import stdnum.iban
import stdnum.it.codicefiscale
import stdnum.luhn
import stdnum.nl.bsn
import stdnum.pl.pesel
import stdnum.se.personnummer
from hypothesis import example, given
from hypothesis import strategies as st

from pgsluice.recognition import checksums

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = st.text(string.digits, min_size=2, max_size=19)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=length, max_size=length)


@given(DIGITS)
@example("4111111111111111")
@example("79927398713")
def test_luhn_agrees_with_an_independent_checker(number: str) -> None:
    assert checksums.has_luhn(number) == stdnum.luhn.is_valid(number)


@given(DIGITS)
def test_luhn_takes_exactly_one_last_digit(number: str) -> None:
    taken = [last for last in string.digits if checksums.has_luhn(number + last)]

    assert taken == [stdnum.luhn.calc_check_digit(number)]


@given(st.sampled_from(["DE", "GB", "FR", "ES", "NL", "NO", "MT"]), st.text(string.digits, min_size=11, max_size=30))
@example("DE", "370400440532013000")
def test_iban_takes_the_check_digits_of_an_independent_checker(country: str, account: str) -> None:
    check = stdnum.iban.calc_check_digits(f"{country}00{account}")
    wrong = f"{(int(check) + 1) % 97 + 2:02}"

    assert checksums.is_iban(f"{country}{check}{account}")
    assert wrong == check or not checksums.is_iban(f"{country}{wrong}{account}")


@pytest.mark.parametrize(
    "iban",
    ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "NO93 8601 1117 947", "MT84MALT011000012345MTLCAST001S"],
)
def test_iban_of_the_registry_is_one(iban: str) -> None:
    assert checksums.is_iban(iban)
    assert not checksums.is_iban(iban[:-1] + ("1" if iban[-1] != "1" else "2"))


@pytest.mark.parametrize(
    "text", ["", "DE", "DE89", "12345678901234567890", "DE8937040044053201300!", "\u0414\u041589370400440532013000"]
)
def test_iban_of_another_form_is_none(text: str) -> None:
    assert not checksums.is_iban(text)


def number_with(check: Callable[[str], bool], length: int) -> st.SearchStrategy[str]:
    """Numbers of a length, every other one with the last digit that a checker accepts."""

    def repaired(number: str) -> str:
        accepted = [number[:-1] + last for last in string.digits if check(number[:-1] + last)]
        return accepted[0] if accepted else number

    return st.one_of(digits(length), digits(length).map(repaired))


def is_spanish(text: str) -> bool:
    return stdnum.es.dni.is_valid(text) or stdnum.es.nie.is_valid(text)


@given(data=st.data())
@pytest.mark.parametrize(
    ("own", "other", "length"),
    [
        (checksums.is_dutch_id, stdnum.nl.bsn.is_valid, 9),
        (checksums.is_brazilian_id, stdnum.br.cpf.is_valid, 11),
        (checksums.is_german_tax_id, stdnum.de.idnr.is_valid, 11),
    ],
    ids=["nl", "br", "de"],
)
def test_national_ids_agree_with_an_independent_checker(
    data: st.DataObject, own: Callable[[str], bool], other: Callable[[str], bool], length: int
) -> None:
    number = data.draw(number_with(other, length))

    assert own(number) == bool(other(number))


@given(st.text(string.digits + "XYZ", min_size=1, max_size=1), digits(7))
def test_spanish_id_agrees_with_an_independent_checker(first: str, rest: str) -> None:
    taken = [letter for letter in string.ascii_uppercase if checksums.is_spanish_id(first + rest + letter)]

    assert taken == [letter for letter in string.ascii_uppercase if is_spanish(first + rest + letter)]


@given(
    st.integers(1, 2),
    st.integers(0, 99),
    st.integers(1, 12),
    st.integers(1, 95),
    st.integers(1, 990),
    st.integers(1, 999),
)
def test_french_id_takes_the_key_of_an_independent_checker(
    sex: int, year: int, month: int, department: int, commune: int, number: int
) -> None:
    body = f"{sex}{year:02}{month:02}{department:02}{commune:03}{number:03}"
    key = stdnum.fr.nir.calc_check_digits(body)

    assert checksums.is_french_id(body + key)
    assert not checksums.is_french_id(body + f"{int(key) % 97 + 1:02}")


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), digits(3))
def test_dated_ids_take_one_check_digit_as_an_independent_checker(born: date, number: str) -> None:
    month = born.month + (20 if born.year >= 2000 else 0)
    polish = f"{born:%y}{month:02}{born:%d}{number}1"
    swedish = f"{born:%y%m%d}-{number}"

    taken = [last for last in string.digits if checksums.is_polish_id(polish + last)]
    assert taken == [stdnum.pl.pesel.calc_check_digit(polish)]
    taken = [last for last in string.digits if checksums.is_swedish_id(swedish + last)]
    assert taken == [last for last in string.digits if stdnum.se.personnummer.is_valid(swedish + last)]


@given(digits(9))
def test_swiss_id_takes_the_digit_of_an_independent_checker(number: str) -> None:
    taken = [last for last in string.digits if checksums.is_swiss_id(f"756{number}{last}")]

    assert taken == [last for last in string.digits if stdnum.ch.ssn.is_valid(f"756{number}{last}")]


@pytest.mark.parametrize("code", ["RCCMNL83S18D969H", "RCCMNL83S18D969"])
def test_italian_id_takes_the_letter_of_an_independent_checker(code: str) -> None:
    taken = [letter for letter in string.ascii_uppercase if checksums.is_italian_id(code[:15] + letter)]

    assert taken == [stdnum.it.codicefiscale.calc_check_digit(code[:15])]


@given(st.text(max_size=30))
def test_checks_take_any_text(text: str) -> None:
    for name in ("has_luhn", "is_iban", *(name for name in vars(checksums) if name.endswith(("_id", "_tax_id")))):
        getattr(checksums, name)(text)
