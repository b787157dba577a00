"""Towns, postcodes and countries."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.lexicon import cities, countries
from pgsluice.recognition.model import INTEGERS, TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import plain, word_list

_WORDS = re.compile(r"[^\W\d_][\w .,'\u2019()/-]*")
_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5}-\d{4}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{3} \d{2}"
    r"|\d{5}-\d{3}|(?:D|A|CH|F|L|B|I)-\d{4,5}"
)
_MAY_BE_POSTCODE = re.compile(r"[A-Z0-9][A-Z0-9 -]{2,11}", re.IGNORECASE)


def is_city(value: str) -> bool:
    """Whether a text is a town that is known here; thousands are not."""
    return plain(value) in cities() and not value[0].islower()


def is_country(value: str) -> bool:
    """Whether a text is the name of a country in some language."""
    return len(value) > 2 and plain(value) in countries()


def is_postcode(value: str) -> bool:
    """Whether a text is a postcode of a form that nothing else has."""
    return _POSTCODE.fullmatch(value.upper()) is not None


def may_be_postcode(value: str) -> bool:
    """Whether a text has the length and the characters of one, and a digit."""
    return _MAY_BE_POSTCODE.fullmatch(value) is not None and any(char.isdigit() for char in value)


CITY = Recogniser(
    kind="city",
    noun="towns",
    kinds=TEXT,
    offers=(Offer(Rule("city")), Offer(Rule("hash"))),
    words=word_list(
        """city, city name, town, village, municipality, locality, suburb, borough, home town, hometown, birthplace,
        place of birth, birth place, ort, ortschaft, ortsname, stadt, wohnort, gemeinde, geburtsort, ville, commune,
        localité, lieu de naissance, ciudad, localidad, municipio, población, lugar de nacimiento, città, comune,
        luogo di nascita, cidade, woonplaats, plaats, stad, gemeente, geboorteplaats, miasto, miejscowość, město,
        obec, kommun, postort, kaupunki, sehir, ilce"""
    ),
    weak_words=word_list("place, location, region, county, district, area, lieu, lugar"),
    is_one=is_city,
    may_be_one=lambda value: _WORDS.fullmatch(value) is not None,
    alone=Confidence.MEDIUM,
    alone_share=0.7,
    has_public_lists=True,
)
POSTCODE = Recogniser(
    kind="postcode",
    noun="postcodes",
    kinds=TEXT | INTEGERS,
    offers=(Offer(Rule("postcode")), Offer(Rule("hash")), Offer(Rule("key"), INTEGERS)),
    words=word_list(
        """postcode, post code, postal code, postalcode, zip, zipcode, zip code, plz, postleitzahl, code postal,
        codepostal, codigo postal, codice postale, cep, codigo de postal, postnummer, postnr, kod pocztowy, psc, irsz,
        postinumero, posta kodu, pin code, pincode, eircode"""
    ),
    weak_words=word_list("cp, cap, post"),
    is_one=is_postcode,
    may_be_one=may_be_postcode,
    alone=Confidence.MEDIUM,
    has_public_lists=True,
)
COUNTRY = Recogniser(
    kind="country",
    noun="names of countries",
    kinds=TEXT,
    offers=(Offer(Rule("country")), Offer(Rule("hash"))),
    words=word_list(
        """country, country name, nation, nationality, citizenship, country of birth, ländername, staat,
        staatsangehörigkeit, nationalität, geburtsland, pays, nationalité, pays de naissance, país, nacionalidad,
        paese, nazione, nazionalità, cittadinanza, nacionalidade, nationaliteit, kraj, obywatelstwo, země, ulke"""
    ),
    weak_words=word_list("origin, residence, herkunft, land"),
    is_one=is_country,
    may_be_one=lambda value: _WORDS.fullmatch(value) is not None,
    alone=Confidence.MEDIUM,
    has_public_lists=True,
)
