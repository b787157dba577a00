"""Names of persons: whole, given and family names."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.lexicon import first_names, last_names
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import plain, word_list
from pgsluice.recognition.people import PEOPLE

_TITLES = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|dr|prof|sir|herr|frau|hr|fr|dipl|ing|mag|m|mme|mlle|sra?|srta|don|dott|sig|sig\.ra)\.? )+",
    re.IGNORECASE,
)
# Small words that stand before family names.
_PARTICLES = word_list(
    """van, von, de, der, den, del, della, di, da, dos, das, du, la, le, ten, ter, el, al, bin, ibn, zu, zum, y, e"""
)
_LETTERS = re.compile(r"[^\W\d_]+(?:[-'\u2019.][^\W\d_]*)*\.?")
_WORDS_MAX = 6


def _parts(value: str) -> list[str] | None:
    """The words of a name in their order, or None where there is something that no name has."""
    text = _TITLES.sub("", value)
    if text.count(",") == 1:
        last, first = text.split(",")
        text = f"{first.strip()} {last.strip()}"
    parts = text.split()
    return parts if 1 <= len(parts) <= _WORDS_MAX and all(_LETTERS.fullmatch(part) for part in parts) else None


def _is_capital(part: str) -> bool:
    """A capital in front, or a script without them."""
    return not part[0].islower()


def is_full_name(value: str) -> bool:
    """Whether a text is a known given name, perhaps more, and a known family name, with capitals."""
    parts = _parts(value)
    if not parts or len(parts) < 2 or not all(_is_capital(part) or plain(part) in _PARTICLES for part in parts):
        return False
    return _is_known(parts[0], first_names()) and any(_is_known(part, last_names()) for part in parts[1:])


def is_first_name(value: str) -> bool:
    """Whether a text is a known given name with a capital, or several."""
    parts = _parts(value)
    return bool(parts) and len(parts or ()) <= 2 and all(_is_known(part, first_names()) for part in parts or ())


def is_last_name(value: str) -> bool:
    """Whether a text is a known family name with a capital."""
    parts = [part for part in _parts(value) or () if plain(part) not in _PARTICLES]
    return 1 <= len(parts) <= 2 and all(_is_known(part, last_names()) for part in parts)


def may_be_name(value: str) -> bool:
    """Whether a text is a few words of letters, in whatever language."""
    return _parts(value) is not None


def _is_known(part: str, known: frozenset[str]) -> bool:
    low = plain(part)
    return _is_capital(part) and (low in known or all(half in known for half in low.split("-")))


_FULL = """full name, fullname, person name, real name, legal name, contact name, contact person, display name,
account holder, holder, holder name, cardholder, cardholder name, name on card, beneficiary, beneficiary name, payee,
payer, payer name, recipient, recipient name, addressee, sender name, nameofperson, emergency contact name, next of
kin, signatory, signed by, author name, user full name, doctor, physician, therapist, ansprechpartner, inhaber,
kontoinhaber, empfänger, vollständiger name, voller name, nom complet, nom et prenom, nom prenom, destinataire,
titulaire, nombre completo, nombre y apellidos, titular, destinatario, nome completo, intestatario, beneficiario,
volledige naam, imie i nazwisko, celé jméno, ad soyad, koko nimi, fullt navn, guardian, guardian name, spouse, spouse
name, father name, mother name, child name, partner name"""
_FIRST = """first name, firstname, fname, forename, given name, givenname, christian name, middle name, mname, middle
initial, second name, preferred name, call name, vorname, vornamen, rufname, prénom, prénoms, nombre de pila, primer
nombre, segundo nombre, nombre propio, nome proprio, primeiro nome, voornaam, voornamen, imię, křestní jméno, fornavn,
förnamn, etunimi, utonev, keresztnev, prenume"""
_LAST = """last name, lastname, lname, surname, family name, familyname, maiden name, birth name, nachname,
familienname, zuname, geburtsname, mädchenname, nom de famille, nom famille, nom de naissance, nom de jeune fille,
apellido, apellidos, primer apellido, segundo apellido, cognome, sobrenome, apelido, achternaam, geslachtsnaam,
nazwisko, příjmení, etternavn, efternamn, efternavn, sukunimi, vezeteknev, soyad, soyadi, nume de familie"""
# Of a person only in a table of persons.
_NAME = "name, names, nom, nombre, nome, naam, namn, navn, nimi, jméno, imię"
# Their names are what they log in with.
_LOGGED_IN = word_list("user, users, benutzer, nutzer, utilisateur, utilisateurs, usuario, usuarios, utente, gebruiker")
# "passenger_name", "kunden_name", "nom_client", "nombre_cliente".
_OF_PEOPLE = ",".join(
    f"{person} {name},{name} {person}"
    for person in sorted(PEOPLE - _LOGGED_IN)
    for name in ("name", "names", "nom", "nombre")
)

FULL_NAME = Recogniser(
    kind="person-name",
    noun="names of persons",
    kinds=TEXT,
    offers=(Offer(Rule("person-name")), Offer(Rule("hash"))),
    words=word_list(f"{_FULL},{_OF_PEOPLE}"),
    weak_words=word_list(f"{_NAME}, contact, author, kontakt, reporter, assignee, surgeon"),
    is_weak_of_people=True,
    is_one=is_full_name,
    may_be_one=may_be_name,
    alone=Confidence.HIGH,
    # Half of them being known is many: no list has all names.
    alone_share=0.5,
)
FIRST_NAME = Recogniser(
    kind="first-name",
    noun="given names",
    kinds=TEXT,
    offers=(Offer(Rule("person-name", parameters={"part": "first"})), Offer(Rule("hash"))),
    words=word_list(_FIRST),
    weak_words=word_list(f"{_NAME}, first, given"),
    is_one=is_first_name,
    may_be_one=may_be_name,
    alone=Confidence.MEDIUM,
    alone_share=0.8,
)
LAST_NAME = Recogniser(
    kind="last-name",
    noun="family names",
    kinds=TEXT,
    offers=(Offer(Rule("person-name", parameters={"part": "last"})), Offer(Rule("hash"))),
    words=word_list(_LAST),
    weak_words=word_list(f"{_NAME}, last, family"),
    is_one=is_last_name,
    may_be_one=may_be_name,
    alone=Confidence.MEDIUM,
    alone_share=0.7,
)
