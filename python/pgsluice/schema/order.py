"""Sorts the objects of a dump into the steps in which a copy makes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pgsluice.schema.archive import Entry

_PRE_DATA, _POST_DATA = 2, 4  # Entry.section
_PG_CLASS = 1259

_SETTINGS = {"STDSTRINGS"}
# What is never made: the database itself, rows of any kind, and what would reach out to other servers or hold a
# password. The plan names what is there of it.
_NEVER = {
    "BLOB",
    "BLOB METADATA",
    "BLOBS",
    "DATABASE",
    "DATABASE PROPERTIES",
    "ENCODING",
    "MATERIALIZED VIEW DATA",
    "SEARCHPATH",
    "SECURITY LABEL",
    "SEQUENCE SET",
    "STATISTICS DATA",
    "STDSTRINGS",
    "SUBSCRIPTION",
    "SUBSCRIPTION TABLE",
    "TABLE DATA",
    "USER MAPPING",
}
_RIGHTS = {"ACL", "DEFAULT ACL"}
_OF_A_TABLE = {"INDEX", "CONSTRAINT"}
# What stands in the way of a table's rows, or would be proved by them.
_NEEDS_ROWS = _OF_A_TABLE | {"CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX ATTACH", "RULE", "TRIGGER"}
# Written for every database by a pg_dump that quotes all names, because it does not know the quoted name.
_STANDARD_COMMENT = "IS 'standard public schema';\n"


class Step(Enum):
    """When an object is made."""

    BEFORE_ROWS = "before rows"
    WITH_TABLE = "with its table"
    AFTER_ROWS = "after rows"
    RIGHTS = "rights"
    AT_THE_END = "at the end"


@dataclass(frozen=True)
class Definitions:
    """All objects that a copy makes, in the order in which they can be made."""

    settings: tuple[str, ...]  # statements that a session needs for all others
    steps: Mapping[Step, tuple[Entry, ...]]
    by_table: Mapping[int, tuple[Entry, ...]]  # indexes and keys, by their table's OID on the source
    left_out: tuple[Entry, ...]

    def of(self, *steps: Step) -> list[Entry]:
        """The objects of these steps."""
        return [entry for step in steps for entry in self.steps[step]]

    def table_oids(self, entry: Entry) -> list[int]:
        """The tables that an object needs, as the source counts them."""
        return [self._tables[need] for need in entry.needs if need in self._tables]

    @cached_property
    def _tables(self) -> dict[int, int]:
        return {found.dump_id: found.object_oid for found in self.steps[Step.BEFORE_ROWS] if is_table(found)}

    def waiting_for(self, table_oids: Collection[int]) -> frozenset[int]:
        """Dump ids of what cannot be made before these tables have their rows."""
        tables = {dump_id for dump_id, oid in self._tables.items() if oid in table_oids}
        waiting = set(tables)
        for entry in self.of(*Step):
            is_view = entry.kind == "RULE" and entry.name.endswith(" _RETURN")
            if entry.needs & (waiting - tables) or (entry.needs & tables and entry.kind in _NEEDS_ROWS and not is_view):
                waiting.add(entry.dump_id)
        return frozenset(waiting - tables)


def is_table(entry: Entry) -> bool:
    """Whether it is a table, of whatever kind."""
    return entry.catalog_oid == _PG_CLASS and entry.kind in {"TABLE", "FOREIGN TABLE"}


def sort_entries(
    entries: Sequence[Entry], *, has_rights: bool = False, left_out: Collection[tuple[int, int]] = ()
) -> Definitions:
    """Sort the objects of a dump; `left_out` are those not to make, as OIDs of catalog and object on the source.

    What needs one that is left out is left out too.
    """
    kind_of = {entry.dump_id: entry.kind for entry in entries}
    steps: dict[Step, list[Entry]] = {step: [] for step in Step}
    by_table: dict[int, list[Entry]] = defaultdict(list)
    step_of: dict[int, Step] = {}
    gone: dict[int, Entry] = {}
    tables = {entry.dump_id: entry.object_oid for entry in entries if is_table(entry)}
    for entry in entries:
        if _is_never_made(entry) or (entry.kind in _RIGHTS and not has_rights):
            continue
        if (entry.catalog_oid, entry.object_oid) in left_out or gone.keys() & entry.needs:
            gone[entry.dump_id] = entry
            continue
        step = _step(entry, step_of, kind_of, tables)
        step_of[entry.dump_id] = step
        steps[step].append(entry)
        if step is Step.WITH_TABLE:
            by_table[_table(entry, tables)].append(entry)
    return Definitions(
        settings=tuple(entry.statement for entry in entries if entry.kind in _SETTINGS),
        steps={step: tuple(found) for step, found in steps.items()},
        by_table={oid: tuple(found) for oid, found in by_table.items()},
        left_out=tuple(gone.values()),
    )


def _is_never_made(entry: Entry) -> bool:
    if not entry.statement or entry.kind in _NEVER:
        return True
    if entry.kind not in _RIGHTS | {"COMMENT"}:
        return False
    is_outside = entry.name.startswith(("DATABASE ", "LARGE OBJECT", "SUBSCRIPTION "))
    return is_outside or (entry.kind == "COMMENT" and entry.statement.endswith(_STANDARD_COMMENT))


def _step(entry: Entry, step_of: Mapping[int, Step], kind_of: Mapping[int, str], tables: Mapping[int, int]) -> Step:
    if entry.kind in _RIGHTS:
        return Step.RIGHTS
    if entry.kind == "EVENT TRIGGER":
        return Step.AT_THE_END
    if entry.section == _PRE_DATA:
        return Step.BEFORE_ROWS
    after = {need: step_of[need] for need in entry.needs if step_of.get(need, Step.BEFORE_ROWS) is not Step.BEFORE_ROWS}
    if entry.section != _POST_DATA:  # Comments, which come with what they are about.
        return Step.BEFORE_ROWS if not after else max(Step.AFTER_ROWS, *after.values(), key=list(Step).index)
    # The index of a partition needs that of the partitioned table only to be attached to it, which comes later.
    is_of_table = entry.kind in _OF_A_TABLE and all(kind_of[need] in _OF_A_TABLE for need in after)
    return Step.WITH_TABLE if is_of_table and len(entry.needs & tables.keys()) == 1 else Step.AFTER_ROWS


def _table(entry: Entry, tables: Mapping[int, int]) -> int:
    (dump_id,) = entry.needs & tables.keys()
    return tables[dump_id]


def unmade(entries: Iterable[Entry], made: Collection[str]) -> list[Entry]:
    """Those that are still to be made."""
    return [entry for entry in entries if entry.identity not in made]
