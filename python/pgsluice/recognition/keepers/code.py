"""Few different values that look like words of a program: states, sorts, currencies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.lexicon import cities, countries, first_names, last_names
from pgsluice.recognition.model import INTEGERS, Confidence, Finding, Subject
from pgsluice.recognition.names import plain, word_list

# Different values that are few, how many values have to be looked at, and how many there are for each different one.
DIFFERENT_MAX = 30
_VALUES_MIN = 50
_REPEATS_MIN = 10
# A third of all values being words that are names too is no chance.
_NAMES_SHARE_MAX = 0.34
_CODE = re.compile(r"[^\W_][\w.:/+&-]{0,31}(?: [\w.:/+&-]{1,20}){0,2}")
# Enough to be codes of one or two letters, in a column that is called so; elsewhere they may stand for anything.
_CALLED = word_list(
    """status, type, kind, category, channel, method, mode, level, tier, plan, stage, phase, step, priority, severity,
    currency, currency code, language, lang, locale, timezone, time zone, tz, unit, units, format, version, event,
    event type, action, operation, source, target, provider, platform, protocol, environment, env, visibility, scope,
    result, outcome, direction, frequency, interval, period, theme, mime type, content type, encoding, media type,
    carrier, shipping method, payment method, scheme, sort, entity, entity type, resource, resource type, queue,
    topic, variant, zustand, art, typ, kategorie, kanal, stufe, priorität, währung, sprache, einheit, statut, etat,
    categorie, canal, niveau, devise, langue, unite, tipo, categoria, nivel, moneda, idioma, unidad, stato, valuta,
    lingua"""
)


def is_called_like_code(subject: Subject) -> bool:
    """Whether the name says that the values are states or sorts."""
    return any(name.longest_of(_CALLED) is not None for name in (subject.name, *subject.also_named))


def code(facts: ColumnFacts) -> Finding | None:
    """Keep few different values that look like codes, with the reason that the plan asks for."""
    return code_of(facts.subject, is_listed=facts.is_listed, different=facts.different)


def code_of(subject: Subject, *, is_listed: bool = False, different: float | None = None) -> Finding | None:
    """Judge by the values that were looked at, what ANALYZE expects of the others, and the table."""
    if subject.type_kind not in {"text", "char"} | INTEGERS:
        return None
    values = subject.values
    is_called = is_called_like_code(subject)
    # Where rows are people's, few different values may be what sorts them; the name has to say that it is not.
    if not values.different or ((subject.is_about_people or subject.is_of_a_person) and not is_called):
        return None
    is_few = values.different_count <= DIFFERENT_MAX and (different is None or different <= DIFFERENT_MAX)
    is_repeated = values.count >= max(_VALUES_MIN, _REPEATS_MIN * values.different_count)
    if not is_few or not (is_repeated or is_listed) or not all(_is_code(value) for value in values.different):
        return None
    if subject.type_kind == "text" and _is_like_names(values.different):
        return None
    number = values.different_count
    reason = f"{number} different value{'s' if number > 1 else ''} among {values.count:,}, like codes"
    sure = Confidence.HIGH if is_called or is_listed else Confidence.MEDIUM
    return Finding(sure, (Rule("keep"),), reason, "code")


def _is_code(value: str) -> bool:
    return _CODE.fullmatch(value) is not None


def _is_like_names(different: Sequence[str]) -> bool:
    """Whether many of the values are words that persons, towns or countries are called by."""
    capital = [plain(value) for value in different if not value[0].islower() and len(value) > 2]
    like = sum(1 for value in capital if any(value in known() for known in _LEXICON))
    return like > _NAMES_SHARE_MAX * len(different)


_LEXICON = (first_names, last_names, cities, countries)
