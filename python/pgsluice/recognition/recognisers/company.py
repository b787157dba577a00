"""Names of companies, which may be one person's, and of employers, which tell of persons."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_FORM = re.compile(
    r".*\b(?:gmbh(?: & co\.? kg)?|ag|kg|ohg|gbr|e\.?k\.?|ug|mbh|ltd\.?|limited|llc|llp|inc\.?|corp\.?|corporation|plc|"
    r"pty\.?|co\.?|company|sarl|sas|s\.?a\.?|eurl|sci|s\.?l\.?u?\.?|s\.?p\.?a\.?|s\.?r\.?l\.?|s\.?n\.?c\.?|b\.?v\.?|"
    r"n\.?v\.?|oy|oyj|ab|aps|a/s|asa|sp\. z o\.? ?o\.?|s\.?r\.?o\.?|a\.?s\.?|kft\.?|zrt\.?|d\.?o\.?o\.?|lda\.?|ltda\.?)"
    r"|.* (?:& sons|and sons|& co|group|holding|partners|& söhne|et fils|e figli|& partner)",
    re.IGNORECASE,
)


def is_company(value: str) -> bool:
    """Whether a text ends as companies' names do in some country's law."""
    return " " in value and len(value) <= 120 and _FORM.fullmatch(value) is not None


COMPANY = Recogniser(
    kind="company",
    noun="names of companies",
    kinds=TEXT,
    offers=(Offer(Rule("company")), Offer(Rule("hash"))),
    words=word_list(
        """company, company name, firm, firm name, employer, employer name, organisation, organization, organisation
        name, organization name, organization unit, business name, trading name, vendor name, supplier name, merchant
        name, client company, account company, firma, firmenname, arbeitgeber, unternehmen, lieferant, société,
        entreprise, raison sociale, nom entreprise, employeur, empresa, razón social, compañía, empleador, azienda,
        società, ragione sociale, datore di lavoro, razão social, bedrijf, bedrijfsnaam, werkgever, firma nazwa,
        pracodawca"""
    ),
    weak_words=word_list(
        "name, names, org, vendor, supplier, merchant, shop, store, brand, customer, client, nom, nombre"
    ),
    tables=word_list(
        """company, organisation, organization, firm, supplier, vendor, merchant, employer, partner, business, firma,
        firmen, lieferant, lieferanten, unternehmen, entreprise, fournisseur, empresa, proveedor, azienda, fornitore,
        bedrijf"""
    ),
    is_one=is_company,
    may_be_one=lambda value: any(char.isalpha() for char in value) and len(value) <= 120 and "@" not in value,
    alone=Confidence.MEDIUM,
    alone_share=0.6,
)
