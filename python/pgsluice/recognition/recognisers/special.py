"""What the law protects most: health, faith, origin, sex, opinion. Few values hide nobody, so a person decides."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import INTEGERS, TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import plain, word_list

_SEXES = word_list(
    "m, f, w, d, male, female, man, woman, männlich, weiblich, divers, homme, femme, masculin, feminin, hombre, mujer"
)
_ALL = TEXT | INTEGERS | {"enum", "bool", "numeric", "float4", "float8", "date"}


def is_sex(value: str) -> bool:
    """Whether a text is a word or letter for a sex."""
    return plain(value) in _SEXES


SPECIAL = Recogniser(
    kind="special",
    noun="facts of a special category (health, faith, origin, sex, opinion)",
    kinds=_ALL,
    offers=(Offer(Rule("null"), _ALL),),
    words=word_list(
        """gender, sex, sexual orientation, orientation, pronoun, pronouns, religion, faith, denomination, church,
        ethnicity, ethnic, ethnic group, race, caste, tribe, skin colour, political, political party, party
        affiliation, political opinion, union member, trade union, marital status, marital, civil status, disability,
        disabled, handicap, diagnosis, diagnosis code, icd, icd code, icd10, disease, illness, symptom, symptoms,
        allergy, allergies, medication, prescription, treatment, therapy, blood type, blood group, pregnant,
        pregnancy, hiv, vaccination, vaccinated, smoker, alcohol, drug use, weight of patient, bmi, genome, dna,
        biometric, criminal, criminal record, conviction, convictions, offence, arrest, immigration status, refugee,
        geschlecht, anrede, religionszugehörigkeit, konfession, ethnie, herkunft, familienstand, behinderung,
        schwerbehindert, diagnose, krankheit, allergien, blutgruppe, schwanger, vorstrafen, sexe, civilite, religion
        pratiquee, situation familiale, handicape, maladie, groupe sanguin, sexo, genero, estado civil, discapacidad,
        enfermedad, grupo sanguineo, sesso, stato civile, religione, malattia, gruppo sanguigno, plec, geslacht"""
    ),
    is_one=is_sex,
    may_be_one=lambda _: True,
    at_most=Confidence.LOW,
)
