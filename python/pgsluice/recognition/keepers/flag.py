"""Columns that are true or false, and columns of an enum: few values, which the schema shows anyway."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.keepers.code import is_called_like_code
from pgsluice.recognition.model import Confidence, Finding


def flag(facts: ColumnFacts) -> Finding | None:
    """Keep what is true or false."""
    if facts.subject.type_kind != "bool":
        return None
    sure = Confidence.MEDIUM if facts.subject.is_about_people else Confidence.HIGH
    return Finding(sure, (Rule("keep"),), "true or false", "flag")


def enumeration(facts: ColumnFacts) -> Finding | None:
    """Keep labels that say where a thing is or of which sort; leave those that sort people."""
    if facts.subject.type_kind != "enum":
        return None
    labels = len(facts.column.type.labels or ())
    if is_called_like_code(facts.subject):
        return Finding(Confidence.HIGH, (Rule("keep"),), f"one of {labels} labels of its type", "enum")
    if facts.subject.is_about_people or facts.subject.is_of_a_person:
        why = f"one of {labels} labels, where rows are people's: what does it tell of them?"
        return Finding(Confidence.LOW, (Rule("choice"),), why, "enum")
    return Finding(Confidence.MEDIUM, (Rule("keep"),), f"one of {labels} labels of its type", "enum")
