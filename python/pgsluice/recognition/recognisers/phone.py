"""Telephone and fax numbers."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import INTEGERS, TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_EXTENSION = re.compile(r"\s*(?:x|ext\.?|extn|extension|durchwahl|-)\s*\d{1,6}$", re.IGNORECASE)
_CHARACTERS = re.compile(r"\+?[0-9 ()./\u00a0\u2011\u2013-]{5,28}")
_INTERNATIONAL = re.compile(r"(?:\+|00)[1-9][0-9 ()./\u00a0\u2011\u2013-]*")
# An area code of its own: (0231) 55, 0171/55, 030-55 and what North America writes.
_NATIONAL = re.compile(r"\(\d{2,5}\)[ -]?\d[\d -]{4,}|0\d{1,5}[ /-]\d[\d /-]{3,}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+")


def is_phone(value: str) -> bool:
    """Whether a text is written as few other numbers are: calling code, or area code set apart."""
    number = _EXTENSION.sub("", value)
    if _DATE.fullmatch(value) or not 7 <= _digits(value) <= 17:
        return False
    return any(form.fullmatch(text) for form in (_INTERNATIONAL, _NATIONAL) for text in (number, value))


def may_be_phone(value: str) -> bool:
    """Whether a text has the characters and the length of a number."""
    number = _EXTENSION.sub("", value)
    return not _DATE.fullmatch(value) and _CHARACTERS.fullmatch(number) is not None and 5 <= _digits(number) <= 16


def _digits(value: str) -> int:
    return sum(char.isdigit() for char in value)


PHONE = Recogniser(
    kind="phone",
    noun="telephone numbers",
    kinds=TEXT | INTEGERS,
    offers=(Offer(Rule("phone")), Offer(Rule("hash")), Offer(Rule("key"), INTEGERS)),
    words=word_list(
        """phone, telephone, phone number, phone no, telephone number, mobile, mobile number, mobile phone, mobil,
        cell, cellphone, cell phone, fax, fax number, telefax, tel, tel no, tel nr, telno, telnr, telefon,
        telefonnummer, rufnummer, handy, handynummer, mobilnummer, mobiltelefon, festnetz, portable, numero de
        telephone, numero telephone, telefono, numero telefono, celular, movil, cellulare, telefone, telemovel,
        telefoon, telefoonnummer, msisdn, whatsapp, sms number, landline, callback number, komorka, numer telefonu"""
    ),
    weak_words=word_list("contact, kontakt, contacto, hotline, emergency contact, callback, caller, called, sms"),
    is_one=is_phone,
    may_be_one=may_be_phone,
    alone=Confidence.MEDIUM,
)
