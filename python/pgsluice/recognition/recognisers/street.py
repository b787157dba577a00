"""Streets, with or without their number, and whole addresses on one line."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import INTEGERS, TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import plain, word_list

_BEHIND = (
    r"street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|blvd\.?|boulevard|way|court|ct\.?|place|pl\.?|square|"
    r"terrace|close|crescent|parkway|highway|hwy|row|hill|gardens"
)
_GLUED = (
    r"strasse|str\.?|weg|gasse|allee|platz|ring|damm|ufer|steig|chaussee|straat|laan|plein|gata|gatan|vagen|vej|gade|"
    r"katu|utca|ulice|caddesi|sokak"
)
_BEFORE = (
    r"rue|avenue|boulevard|chemin|impasse|allee|place|quai|route|calle|avenida|plaza|paseo|camino|carrer|via|viale|"
    r"piazza|corso|largo|rua|travessa|praca|ul\.?|ulica|aleja|plac|al\.?|am|an der|auf dem|im|zum|zur|unter den|"
    r"p\.? ?o\.? box|postfach|apartado"
)
_STREET = re.compile(
    rf"(?:\d+\S*,? )?(?:[\w.'-]+ )+(?:{_BEHIND})(?:[ ,].*)?"
    rf"|.*(?:{_GLUED}) ?\d+.*|(?:[\w.'-]+ )*[\w-]+(?:strasse|straat|gasse|allee|gatan)"
    rf"|(?:\d+\S*,? )?(?:{_BEFORE}) .+"
)


def is_street(value: str) -> bool:
    """Whether a text holds a word for a street at its place, in one of a dozen languages."""
    return len(value) <= 200 and "@" not in value and _STREET.fullmatch(plain(value)) is not None


def may_be_street(value: str) -> bool:
    """Whether a text has letters, and is neither a mail address nor a URL."""
    return any(char.isalpha() for char in value) and "@" not in value and "://" not in value


STREET = Recogniser(
    kind="street",
    noun="streets",
    kinds=TEXT,
    offers=(Offer(Rule("street")), Offer(Rule("hash"))),
    words=word_list(
        """street, street name, street address, address, addresses, address line, addr, addr line, address text, postal
        address, mailing address, home address, billing address, shipping address, delivery address, ship to, bill
        to, straße, strassenname, adresse, anschrift, adresszeile, wohnadresse, lieferadresse, rechnungsadresse,
        adresszusatz, rue, voie, adresse postale, adresse ligne, complement adresse, calle, direccion, domicilio,
        indirizzo, residenza, rua, endereco, morada, logradouro, straat, straatnaam, adres, ulica, gata, gatuadress,
        vej, osoite, sokak, po box, postfach, full address"""
    ),
    weak_words=word_list("line, str, via, residence, location, ort, place, building, unit, suite, floor"),
    is_one=is_street,
    may_be_one=may_be_street,
    alone=Confidence.MEDIUM,
    alone_share=0.7,
)
HOUSE_NUMBER = Recogniser(
    kind="house-number",
    noun="house numbers",
    kinds=TEXT | INTEGERS,
    offers=(Offer(Rule("digits")), Offer(Rule("key"), INTEGERS)),
    words=word_list(
        """house number, street number, building number, door number, flat number, apartment, apartment number,
        apt number, unit number, hausnummer, haus nr, türnummer, numero de rue, numero rue, numero de calle,
        numero civico, civico, huisnummer, gatunummer"""
    ),
    may_be_one=lambda value: value[:1].isdigit(),
)
