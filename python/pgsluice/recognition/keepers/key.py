"""Primary keys that the database gives out: numbers that say nothing by themselves, and those that people know."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.model import INTEGERS, Confidence, Finding
from pgsluice.recognition.people import is_numbered

_CALLED_ID = frozenset({"id", "oid", "rowid", "pk", "uid", "seq", "no", "nr"})


def surrogate_key(facts: ColumnFacts) -> Finding | None:
    """Keep numbers from a sequence and keys called id; permute those that are a person's number."""
    if facts.subject.type_kind not in INTEGERS or facts.column.type.is_array:
        return None
    if is_numbered(facts.subject.table) and facts.is_whole_key:
        why = "a number by which people know the person (a badge, a file, a certificate)"
        return Finding(Confidence.MEDIUM, (Rule("key"),), why, "key")
    if facts.is_numbered:
        return Finding(Confidence.HIGH, (Rule("keep"),), "a number that the database gives out", "key")
    if facts.is_in_key and _is_called_id(facts):
        return Finding(Confidence.MEDIUM, (Rule("keep"),), "a number in the primary key, and called so", "key")
    if facts.is_whole_key:
        why = "the primary key, a number that the database does not give out: does anybody know it?"
        return Finding(Confidence.LOW, (Rule("keep"),), why, "key")
    return None


def _is_called_id(facts: ColumnFacts) -> bool:
    name = facts.subject.name.single
    own = "".join(name[:-1])
    return bool(name) and name[-1] in _CALLED_ID and (not own or own in facts.subject.table.phrases)
