"""Numbers by which a company, a school or a hospital knows a person, an account or a car."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import INTEGERS, TEXT, Offer, Recogniser
from pgsluice.recognition.names import word_list
from pgsluice.recognition.people import PEOPLE
from pgsluice.recognition.recognisers.national_id import is_digits

_NUMBERS = ("number", "no", "nr", "num", "code", "nummer", "numero", "num", "ref", "reference")
_OF_PEOPLE = ",".join(f"{person} {number},{number} {person}" for person in sorted(PEOPLE) for number in _NUMBERS)
_IDENTIFIER = re.compile(r"[\w][\w .:/#-]{1,63}")

IDENTIFIER = Recogniser(
    kind="identifier",
    noun="numbers of persons, accounts or contracts",
    kinds=TEXT | INTEGERS,
    offers=(
        Offer(Rule("digits"), fits=is_digits),
        Offer(Rule("fpe")),
        Offer(Rule("hash")),
        Offer(Rule("key"), INTEGERS),
    ),
    words=word_list(
        f"""account number, account no, account nr, acct no, account code, bank account, bank account number, sort
        code, routing number, bic, swift, kontonummer, konto nr, bankleitzahl, blz, numero de compte, numero compte,
        numero de cuenta, numero cuenta, numero conto, policy number, policy no, contract number, contract no,
        membership number, membership no, loyalty number, loyalty card, loyalty card no, frequent flyer, badge number,
        badge, badge no, personnel number, personnel no, payroll number, registration number, enrolment number,
        medical record number, mrn, case number, claim number, matrikelnummer, personalnummer, vertragsnummer,
        policennummer, mitgliedsnummer, kundennummer, aktenzeichen, numero client, numero de contrat, matricule,
        numero de socio, numero de cliente, numero de poliza, license plate, licence plate, number plate, plate
        number, registration plate, kennzeichen, kfz kennzeichen, immatriculation, matricula, targa, kenteken, vin,
        vehicle identification number, meter number, zählernummer, crypto address, wallet, wallet address, bitcoin
        address, tracking number, sendungsnummer, external reference, creditor id, mandate reference, {_OF_PEOPLE}"""
    ),
    weak_words=word_list("account, acct, konto, compte, cuenta, reference, ref, external id"),
    may_be_one=lambda value: _IDENTIFIER.fullmatch(value) is not None,
)
