"""Columns of type uuid. They are masked, all in one domain: what refers to what without a foreign key still does."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.model import Confidence, Finding

DOMAIN = "uuid"


def uuid(facts: ColumnFacts) -> Finding | None:
    """Permute uuids: they stand in links and letters, and open what they name."""
    if facts.subject.type_kind != "uuid":
        return None
    return Finding(Confidence.MEDIUM, (Rule("uuid", domain=DOMAIN),), "a uuid may be known outside", "uuid")
