"""Numbers of credit and debit cards."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.checksums import has_luhn
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_GROUPS = re.compile(r"[0-9]+(?:[ -][0-9]+)*")
# What is left of a number for receipts: its last digits behind stars, x or points.
_CUT = re.compile(r"[*xX•.·#]{2,}[ -]?(?:[*xX•.·#]+[ -]?)*[0-9]{4}")


def is_card(value: str) -> bool:
    """Whether a text is 13 to 19 digits of an issuer's range that pass the Luhn check."""
    if not _GROUPS.fullmatch(value):
        return False
    digits = value.replace(" ", "").replace("-", "")
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and has_luhn(digits)


def may_be_card(value: str) -> bool:
    """Whether a text has the form of a number, whole or cut for a receipt."""
    digits = value.replace(" ", "").replace("-", "")
    return (digits.isdigit() and 12 <= len(digits) <= 19) or _CUT.fullmatch(value) is not None


CARD = Recogniser(
    kind="card",
    noun="card numbers",
    kinds=TEXT | {"int8"},
    offers=(Offer(Rule("card")), Offer(Rule("hash")), Offer(Rule("key"), frozenset({"int8"}))),
    words=word_list(
        """card, card number, card no, card nr, cardnum, credit card, creditcard number, credit card number, cc
        number, cc num, ccnum, debit card, payment card, pan, primary account number, kartennummer, karten nr,
        kreditkarte, kreditkartennummer, carte bancaire, numero carte, numero de carte, carte de credit, tarjeta,
        numero tarjeta, tarjeta de credito, carta di credito, numero carta, cartao, creditcardnummer, numer karty"""
    ),
    weak_words=word_list("cc, account number, payment method, karte, carte, carta"),
    is_one=is_card,
    may_be_one=may_be_card,
    alone=Confidence.HIGH,
    proof="Luhn digit",
)
