"""E-mail addresses."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]]+@[^\s@<>\"(),:;\[\]]+\.[^\s@.<>\"(),:;\[\]]{2,63}")
# "Ada <ada@example.com>", "mailto:ada@example.com", lists.
_HOLDS_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@.]{2}")


def is_email(value: str) -> bool:
    """Whether a text is one address."""
    return _ADDRESS.fullmatch(value) is not None


EMAIL = Recogniser(
    kind="email",
    noun="e-mail addresses",
    kinds=TEXT,
    offers=(Offer(Rule("email")), Offer(Rule("hash"))),
    words=word_list(
        """email, e mail, mail, mail address, email address, electronic mail, emailadresse, mailadresse, courriel,
        adresse mail, adresse electronique, correo, correo electronico, posta elettronica, e posta, epost, sahkoposti,
        adres email, reply to, login email, contact email"""
    ),
    weak_words=word_list("contact, login, user, username, account, recipient, sender, kontakt, contacto, cc, bcc"),
    is_one=is_email,
    may_be_one=lambda value: _HOLDS_ADDRESS.search(value) is not None,
    alone=Confidence.HIGH,
)
