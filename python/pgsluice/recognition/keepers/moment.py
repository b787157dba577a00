"""When something was written or happened, and how long it took."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.model import MOMENTS, Confidence, Finding
from pgsluice.recognition.names import word_list

# The rows' own times; hired, expires, joined and the like are a person's.
_OF_ROWS = word_list(
    """created, updated, modified, inserted, deleted, changed, archived, imported, exported, synced, loaded, placed,
    ordered, shipped, delivered, packed, due, invoiced, invoice, posted, published, released, valid, effective, from,
    to, until, start, end, started, ended, finished, completed, processed, sent, received, logged, recorded, happened,
    occurred, opened, closed, paid, refunded, scheduled, queued, executed, counted, moved, written, viewed, since,
    day, at, ts, timestamp, time, date, erstellt, erstellt am, angelegt, angelegt am, geändert, geändert am, gelöscht,
    bestellt, bestellt am, gültig, gültig ab, gültig bis, beginn, ende, zeitpunkt, datum, stand, créé, créé le,
    modifié, modifié le, supprimé, debut, fin, date commande, creado, creado en, actualizado, modificado, eliminado,
    inicio, fecha, fecha pedido, creato, modificato, inizio, fine"""
)
# A date with one of these is a person's, whatever else its name says.
_OF_PERSONS = word_list(
    """birth, born, death, died, deceased, hired, hire, joined, left, leave, married, marriage, divorced, admitted,
    admission, discharged, discharge, diagnosed, diagnosis, visit, appointment, exam, expires, expiry, retired,
    retirement, enrolled, graduated, terminated, termination, resigned, arrested, convicted, vaccinated, einstellung,
    eintritt, austritt, entlassung, aufnahme, hochzeit, embauche, entree, sortie, mariage, contratacion, ingreso,
    alta, baja, boda, assunzione"""
)
_SPANS = frozenset({"interval", "time", "timetz", "range"})


def moment(facts: ColumnFacts) -> Finding | None:
    """Keep times of rows; leave dates that may be a person's."""
    kind, name = facts.subject.type_kind, facts.subject.name
    if name.longest_of(_OF_PERSONS) is not None:
        return None
    if kind in MOMENTS:
        is_named = name.longest_of(_OF_ROWS) is not None
        sure = Confidence.HIGH if is_named else Confidence.MEDIUM
        return Finding(sure, (Rule("keep"),), "when it happened" if is_named else "a point in time", "moment")
    if kind == "date" and name.longest_of(_OF_ROWS) is not None:
        return Finding(Confidence.MEDIUM, (Rule("keep"),), "when it happened, by name", "moment")
    if kind in _SPANS and not facts.subject.is_about_people:
        return Finding(Confidence.MEDIUM, (Rule("keep"),), "a span or a time of day, not in a table of people", "span")
    return None
