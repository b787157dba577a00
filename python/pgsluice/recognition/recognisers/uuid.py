"""Universally unique identifiers that are held as text; columns of type uuid are told by their type."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_UUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?|urn:uuid:[0-9a-f-]{36}", re.IGNORECASE)


def is_uuid(value: str) -> bool:
    """Whether a text is a uuid with its hyphens."""
    return _UUID.fullmatch(value) is not None


UUID_TEXT = Recogniser(
    kind="uuid",
    noun="uuids",
    kinds=TEXT,
    offers=(Offer(Rule("hash")), Offer(Rule("token"))),
    words=word_list("uuid, guid, public uuid, external uuid, global id, unique id"),
    is_one=is_uuid,
    alone=Confidence.HIGH,
)
