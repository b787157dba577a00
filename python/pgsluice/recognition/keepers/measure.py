"""Numbers that measure or count things, by their names; no number is kept that nothing tells about."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.model import NUMBERS, Confidence, Finding, Subject
from pgsluice.recognition.names import word_list

_MEASURES = word_list(
    """quantity, qty, count, counter, number of, position, pos, line, line no, line number, row no, row number,
    ordinal, sort, sort order, order index, rank, index, idx, page, pages, version, revision, retries, attempts,
    attempt, hits, views, clicks, downloads, size, bytes, file size, length, duration, duration ms, ms, seconds,
    minutes, hours, days, weight kg, weight g, volume, temperature, percent, percentage, pct, ratio, rate, discount,
    price, unit price, list price, cost, vat, vat rate, tax rate, stock, quantity in stock, capacity, threshold,
    limit, max, min, stars, rating, x, y, x pos, y pos, port, status code, http status, error code, exit code,
    priority, level, step, year, month, week, quarter, menge, anzahl, stück, stückzahl, nummer der zeile, zeile,
    reihenfolge, seite, dauer, preis, einzelpreis, rabatt, bestand, prozent, jahr, monat, woche, quantite, nombre de,
    prix, remise, duree, annee, mois, cantidad, precio, descuento, duracion, ano, mes, semana, quantita, prezzo,
    sconto, durata, anno, mese, version no"""
)


def measure(facts: ColumnFacts) -> Finding | None:
    """Keep counts and measures of things, where the table is not about people."""
    return measure_of(facts.subject)


def measure_of(subject: Subject) -> Finding | None:
    """Judge by name and table."""
    if subject.type_kind not in NUMBERS or subject.is_about_people or subject.name.longest_of(_MEASURES) is None:
        return None
    return Finding(Confidence.MEDIUM, (Rule("keep"),), "it counts or measures, by name", "measure")
