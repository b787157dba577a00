"""Finds the tables of a dump that have nothing to do with each other, so that several sessions can make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.schema.archive import Entry

# A table and what pg_dump makes in statements of their own around it.
_OF_TABLES = {"TABLE", "SEQUENCE", "SEQUENCE OWNED BY", "DEFAULT", "TABLE ATTACH", "COMMENT"}


@dataclass(frozen=True)
class Clusters:
    """Objects before the rows, in three parts that come one after the other."""

    first: tuple[Entry, ...]
    # Shares of about the same number of objects; nothing in one needs anything in another.
    shares: tuple[tuple[Entry, ...], ...]
    last: tuple[Entry, ...]


def clusters(entries: Sequence[Entry], *, shares: int) -> Clusters:
    """Divide objects, given in an order in which they can be made, among `shares` sessions."""
    of_tables: dict[int, Entry] = {}
    needs_tables: set[int] = set()
    parts: tuple[list[Entry], list[Entry]] = ([], [])
    for entry in entries:
        if entry.needs & needs_tables or (entry.kind not in _OF_TABLES and entry.needs & of_tables.keys()):
            needs_tables.add(entry.dump_id)
            parts[1].append(entry)
        elif entry.kind in _OF_TABLES and (entry.kind != "COMMENT" or entry.needs & of_tables.keys()):
            of_tables[entry.dump_id] = entry
        else:
            parts[0].append(entry)
    return Clusters(tuple(parts[0]), _shared(of_tables, shares), tuple(parts[1]))


def _shared(of_tables: dict[int, Entry], shares: int) -> tuple[tuple[Entry, ...], ...]:
    """Keep together what is connected, and fill one share after the other."""
    root = {dump_id: dump_id for dump_id in of_tables}

    def find(dump_id: int) -> int:
        while root[dump_id] != dump_id:
            root[dump_id] = root[root[dump_id]]
            dump_id = root[dump_id]
        return dump_id

    for entry in of_tables.values():
        for need in entry.needs & of_tables.keys():
            root[find(need)] = find(entry.dump_id)
    together: dict[int, list[Entry]] = {}
    for entry in of_tables.values():
        together.setdefault(find(entry.dump_id), []).append(entry)
    filled: list[list[Entry]] = [[] for _ in range(shares)]
    for cluster in sorted(together.values(), key=len, reverse=True):
        min(filled, key=len).extend(cluster)
    return tuple(tuple(share) for share in filled if share)
