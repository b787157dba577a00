"""Judges one column: what must be hidden, what may stay, what is left to a person."""

from __future__ import annotations

from dataclasses import replace

from pgsluice.config.rules import Rule
from pgsluice.recognition.documents import Looked, look_into
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.judge import judge
from pgsluice.recognition.keepers.code import code_of
from pgsluice.recognition.keepers.listed import KEEPERS
from pgsluice.recognition.keepers.measure import measure_of
from pgsluice.recognition.model import DOCUMENTS, Confidence, Finding, Subject
from pgsluice.recognition.recognisers.listed import RECOGNISERS
from pgsluice.recognition.samples import LOOKED_AT

_HIDDEN_AS_A_WHOLE = {"composite": "a composite", "xml": "an XML document", "hstore": "an hstore"}
_CANNOT_MASK = "it decides the partition, which a mask would change: keep it, or copy the table without rows"


def judge_column(facts: ColumnFacts) -> Finding:
    """Give what is proposed for a column; LOW confidence leaves it to a person, with the best guess."""
    finding = _unhindered(facts)
    if not facts.decides_partition or finding.is_keep:
        return finding
    if finding.confidence is Confidence.LOW and finding.kind == "nothing" and facts.subject.type_kind != "text":
        return Finding(Confidence.MEDIUM, (Rule("keep"),), "it decides the partition, which no mask may change", "key")
    return Finding(Confidence.LOW, (), f"{finding.reason}; {_CANNOT_MASK}", finding.kind)


def _unhindered(facts: ColumnFacts) -> Finding:
    if facts.subject.type_kind in DOCUMENTS:
        return _document(facts)
    if facts.subject.type_kind in _HIDDEN_AS_A_WHOLE:
        return _whole(facts, _HIDDEN_AS_A_WHOLE[facts.subject.type_kind])
    recognised = judge(facts.subject, RECOGNISERS)
    if recognised is not None and recognised.confidence > Confidence.LOW:
        return recognised
    kept = next((found for keeper in KEEPERS if (found := keeper(facts)) is not None), None)
    # What may be personal is not kept, but for numbers that the database gives out.
    if kept is not None and (recognised is None or (kept.kind == "key" and kept.confidence is Confidence.HIGH)):
        return kept
    return recognised or _nothing(facts)


def _nothing(facts: ColumnFacts) -> Finding:
    seen = facts.values.different_count
    if seen:
        looked = f"{seen:,} different value{'s' if seen > 1 else ''}, nothing recognised"
    else:
        is_looked_at = facts.subject.type_kind in LOOKED_AT
        looked = "nothing recognised, no value was seen" if is_looked_at else "nothing recognised by its name"
    return Finding(Confidence.LOW, (), looked, "nothing")


def _whole(facts: ColumnFacts, called: str) -> Finding:
    """What no mask looks into: what must be hidden becomes NULL as a whole."""
    found = judge(replace(facts.subject, type_kind="text"), RECOGNISERS)
    if found is None:
        return Finding(Confidence.LOW, (), f"{called}, which no mask looks into: keep it or null it", "nothing")
    reason = f"{found.reason}; {called} is hidden as a whole"
    return Finding(found.confidence, (Rule("null"),), reason, found.kind)


def _document(facts: ColumnFacts) -> Finding:
    """Mask members that are recognised, keep codes and measures, and let all others become null."""
    looked = look_into((text for text in facts.values.different), facts.subject, _judge_member)
    if not looked.document_count:
        why = "documents, none was seen: everything in them becomes null until paths are named"
        return Finding(Confidence.LOW, (Rule("json", parameters={"otherwise": "null"}),), why, "json")
    paths = {leaf.path: _as_value(leaf.finding.rules[0]) for leaf in looked.leaves}
    parameters = {"paths": paths, "otherwise": "null", **({"keys": "hash"} if looked.has_telling_names else {})}
    sure = Confidence.MEDIUM if looked.masked_count else Confidence.LOW
    details = {leaf.path: f"{leaf.finding.confidence.word}: {leaf.finding.reason}" for leaf in looked.leaves}
    return Finding(sure, (Rule("json", parameters=parameters),), _told(looked), "json", details)


def _judge_member(subject: Subject) -> Finding | None:
    found = judge(subject, RECOGNISERS)
    return found if found is not None else code_of(subject) or measure_of(subject)


def _as_value(rule: Rule) -> object:
    """A rule as it stands inside of another one; a reason has no place there."""
    parameters = {name: value for name, value in rule.parameters.items() if name != "reason"}
    return {"mask": rule.mask, **parameters} if parameters else rule.mask


def _told(looked: Looked) -> str:
    kept = len(looked.leaves) - looked.masked_count
    told = (
        f"{looked.document_count:,} documents; members that look personal: {looked.masked_count}, that do not: {kept}"
    )
    told += f", not recognised and nulled: {looked.left_count}" if looked.left_count else ""
    return told + ("; some names of members look like data" if looked.has_telling_names else "")
