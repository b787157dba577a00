"""Numbers that a state gives to its people: identity, tax, social security, passports, licences."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.checksums import (
    is_brazilian_id,
    is_dutch_id,
    is_french_id,
    is_german_tax_id,
    is_italian_id,
    is_polish_id,
    is_spanish_id,
    is_swedish_id,
    is_swiss_id,
)
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_SEPARATORS = re.compile(r"[ ./-]")
# Without a check digit: area, group and serial, none of them all zeros; two letters, six digits and a letter.
_AMERICAN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_BRITISH = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d\d){3} ?[A-D]")
_CHECKED = (
    is_brazilian_id,
    is_dutch_id,
    is_french_id,
    is_german_tax_id,
    is_italian_id,
    is_polish_id,
    is_spanish_id,
    is_swedish_id,
    is_swiss_id,
)
_MAY_BE = re.compile(r"[0-9A-Z](?:[ ./-]?[0-9A-Z]){4,24}", re.IGNORECASE)


def is_national_id(value: str) -> bool:
    """Whether a text passes one country's check, or has the form of a US or British number."""
    if not 8 <= len(value) <= 21:
        return False
    if _AMERICAN.fullmatch(value) or _BRITISH.fullmatch(value.upper()):
        return True
    compact = _SEPARATORS.sub("", value)
    return is_swedish_id(value) or any(check(compact) for check in _CHECKED)


def is_digits(value: str) -> bool:
    """Whether a text has no letters, so that all of it is hidden when its digits are."""
    return any(char.isdigit() for char in value) and not any(char.isalpha() for char in value)


def may_be_national_id(value: str) -> bool:
    """Whether a text is a number of some country's form: digits and letters, at least one digit."""
    return _MAY_BE.fullmatch(value) is not None and any(char.isdigit() for char in value)


NATIONAL_ID = Recogniser(
    kind="national-id",
    noun="identity, tax or insurance numbers",
    kinds=TEXT | {"int8"},
    offers=(
        Offer(Rule("digits"), fits=is_digits),
        Offer(Rule("fpe")),
        Offer(Rule("hash")),
        Offer(Rule("key"), frozenset({"int8"})),
    ),
    words=word_list(
        """ssn, social security number, social security, social security no, social insurance number, national id,
        national identity, national insurance number, national number, nino, ni number, id number, id card, identity
        card, identity number, identity document, document number, citizen id, personal id, personal number, personal
        code, tax id, tax number, tax no, tin, taxpayer id, itin, passport, passport number, passport no, driver
        license, drivers license, driving licence, license number, licence number, nhs number, medicare number,
        medicaid id, health card, health insurance number, insurance number, voter id, military id, visa number,
        residence permit, steuer id, steuernummer, steueridentifikationsnummer, sozialversicherungsnummer, sv nummer,
        svnr, rentenversicherungsnummer, versichertennummer, krankenversicherungsnummer, ausweisnummer,
        personalausweis, personalausweisnummer, reisepass, reisepassnummer, passnummer, führerschein,
        führerscheinnummer, ahv, ahv nummer, numero de securite sociale, numero securite sociale, num secu, nir,
        insee, numero fiscal, passeport, permis de conduire, carte d identite, dni, nie, nif, dni nif, curp, rfc,
        seguridad social, pasaporte, cedula, codice fiscale, partita iva, passaporto, carta identita, tessera
        sanitaria, cpf, rg, bsn, burgerservicenummer, sofinummer, rijksregisternummer, pesel, nip, dowod osobisty,
        rodne cislo, personnummer, personnr, fødselsnummer, fodselsnummer, cpr, cpr nummer, hetu, henkilotunnus,
        aadhaar, aadhar, pan number, nric, tc kimlik, tckn, sin number, egn, jmbg, oib, cnp"""
    ),
    weak_words=word_list("identification, identifier, document, ausweis, identite, identidad, sin, license, licence"),
    is_one=is_national_id,
    may_be_one=may_be_national_id,
    alone=Confidence.HIGH,
    alone_share=0.95,
    proof="check digits or form",
)
