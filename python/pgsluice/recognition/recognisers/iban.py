"""International bank account numbers."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.checksums import is_iban
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_FORM = re.compile(r"[A-Z]{2} ?\d\d(?: ?[0-9A-Za-z]){11,30}")

IBAN = Recogniser(
    kind="iban",
    noun="IBANs",
    kinds=TEXT,
    offers=(Offer(Rule("iban")), Offer(Rule("hash"))),
    words=word_list("iban, iban number, iban no, iban nr, international bank account number, iban code"),
    weak_words=word_list("account, account number, bank account, konto, kontonummer, compte, cuenta, conto, rib"),
    is_one=is_iban,
    may_be_one=lambda value: _FORM.fullmatch(value) is not None,
    alone=Confidence.HIGH,
    proof="check digits",
)
