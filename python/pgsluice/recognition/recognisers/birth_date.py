"""Dates of birth, and years and ages that stand for them."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import DATES, INTEGERS, TEXT, Offer, Recogniser
from pgsluice.recognition.names import word_list

_ISO = re.compile(r"(\d{4})-\d\d-\d\d(?:[ T].*)?")
_WRITTEN = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|(\d{4})[./-]\d{1,2}[./-]\d{1,2}|(\d{4})(?:\d{4})?")
# Who lives today was born between them, and few tables have other dates that all lie so far back.
_YEARS = range(1905, 2013)


def is_birth_date(value: str) -> bool:
    """Whether a date, as the server writes it, lies where birth dates lie."""
    found = _ISO.fullmatch(value)
    return found is not None and int(found[1]) in _YEARS


def may_be_birth_date(value: str) -> bool:
    """Whether a text is a date or a year, or a number is an age or a year."""
    return _ISO.fullmatch(value) is not None or _WRITTEN.fullmatch(value) is not None or _is_age(value)


def _is_age(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value) <= 130


BIRTH_DATE = Recogniser(
    kind="birth-date",
    noun="dates of birth",
    kinds=DATES | TEXT | INTEGERS,
    offers=(
        Offer(Rule("shift-date", parameters={"days": 30}), DATES),
        Offer(Rule("null")),
        Offer(Rule("hash")),
        Offer(Rule("noise", parameters={"absolute": 3}), INTEGERS),
    ),
    words=word_list(
        """birth date, birthdate, date of birth, dateofbirth, dob, d o b, birthday, birth day, bday, born, born on,
        born at, birth year, year of birth, yob, birth month, geburtsdatum, geburtstag, geb datum, gebdatum, geboren,
        geboren am, geburtsjahr, jahrgang, date de naissance, date naissance, naissance, ne le, annee de naissance,
        fecha de nacimiento, fecha nacimiento, nacimiento, nacido, ano de nacimiento, data di nascita, data nascita,
        nascita, data de nascimento, nascimento, geboortedatum, geboortejaar, data urodzenia, rok urodzenia, datum
        narození, fødselsdato, födelsedatum, syntymaaika, dogum tarihi, age, alter, edad, leeftijd, date of
        death, death date, died on, deceased on, sterbedatum, date de deces, fecha de defuncion"""
    ),
    weak_words=word_list("birth, geburt, deceased, died, death"),
    is_one=is_birth_date,
    may_be_one=may_be_birth_date,
)
