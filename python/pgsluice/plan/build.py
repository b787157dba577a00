"""Builds the plan of a run: every table decided and compiled, every problem found, no server asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from pgsluice._core import Key, Program, Refused, mask_specs
from pgsluice.catalog.model import Catalog, Relation
from pgsluice.config.rules import Rules
from pgsluice.errors import PlanRefusedError, UsageError
from pgsluice.plan.decisions import Decider
from pgsluice.plan.model import CopyPlan, LeftOut, TablePlan
from pgsluice.plan.tables import plan_table
from pgsluice.plan.words import word_lists

# Part of the hash: a newer program that would mask differently does not resume an older one's run.
PLAN_VERSION = 1


def build_plan(
    source: Catalog,
    target: Catalog | None,
    rules: Rules,
    key: Key | None,
    *,
    table_patterns: Sequence[str] = (),
) -> CopyPlan:
    """Plan the copy of `source`; `target` is None where its schema is still to be made.

    Nothing raises: what must not be done is listed in `problems`, all of it at once.
    """
    decider = Decider(source, rules)
    chosen, left_out = _choose(source, table_patterns)
    problems: list[str] = []
    notes: list[str] = []
    tables = []
    for relation in chosen:
        there = target.by_label.get(relation.label) if target else None
        if target is not None and there is None:
            problems.append(
                f'table "{relation.label}" does not exist on the target: create it there, '
                "or start with an empty database and let pgsluice create the schema"
            )
            continue
        entry = rules.tables.get(relation.label)
        decisions = decider.decide(relation)
        if len(decisions) < len(relation.columns):
            continue
        planned, misfits = plan_table(
            relation,
            there,
            decisions,
            partition_columns=_partition_columns(source, relation),
            has_rows=entry.has_rows if entry else True,
        )
        problems += misfits
        tables.append(planned)
    if key is not None:
        tables, unfilled = _with_words(tables, key, rules.locale)
        problems += unfilled
    problems = decider.problems + problems
    for planned in tables:
        problems += refusals(planned, key)
    if source.identity.encoding != "UTF8":
        notes.append(
            f"the source is encoded in {source.identity.encoding}; values are converted to UTF8 on the way"
        )
    if source.identity.is_replica:
        notes.append("the source is a replica: rows are as of its last replay")
    return CopyPlan(
        tables=tuple(tables),
        left_out=tuple(left_out),
        not_allowed=tuple(table.label for table in tables if not table.relation.may_select),
        problems=tuple(problems),
        notes=tuple(notes),
        plan_hash=_plan_hash(tables),
    )


def refusals(planned: TablePlan, key: Key | None) -> list[str]:
    """Ask the core to compile a table; give what it refuses."""
    functions: dict[str, Callable[[list[str]], list[str | None]]] = dict.fromkeys(
        planned.functions, _never_called
    )
    try:
        Program(json.dumps(planned.request), key, functions)
    except Refused as refused:
        return [
            f'table "{planned.label}", column "{column}": {message}. {hint}'
            for column, _, message, hint in refused.args[0]
        ]
    return []


def _never_called(_: list[str]) -> list[str | None]:
    raise UsageError("the plan calls no function")


def _choose(source: Catalog, patterns: Sequence[str]) -> tuple[list[Relation], list[LeftOut]]:
    chosen, left_out = [], []
    for relation in source.relations:
        if relation.kind == "p":
            continue  # Its rows lie in its partitions.
        if relation.kind == "f":
            left_out.append(LeftOut(relation.label, "a foreign table: its rows lie on another server"))
        elif relation.extension is not None:
            left_out.append(LeftOut(relation.label, f'it belongs to extension "{relation.extension}"'))
        elif patterns and not any(
            fnmatchcase(name, pattern) for pattern in patterns for name in _names(source, relation)
        ):
            left_out.append(LeftOut(relation.label, "no --tables pattern matches it"))
        else:
            chosen.append(relation)
    return chosen, left_out


def _names(source: Catalog, relation: Relation) -> Iterable[str]:
    """What a pattern may call a table: its own name or that of the partitioned table above it."""
    root = source.by_oid.get(relation.root_oid, relation)
    return (relation.label, relation.name, root.label, root.name)


def _partition_columns(source: Catalog, relation: Relation) -> frozenset[str]:
    """The partition keys of every level above a table."""
    found: set[str] = set()
    above = list(relation.parent_oids) if relation.is_partition else []
    while above:
        parent = source.by_oid.get(above.pop())
        if parent is not None:
            found.update(parent.partition_columns)
            above += parent.parent_oids
    return frozenset(found)


def _with_words(tables: list[TablePlan], key: Key, default_locale: str) -> tuple[list[TablePlan], list[str]]:
    """Give each table the word lists its masks draw from; they are made once a locale."""
    wanted = {planned.label: set(_word_lists(planned.request, default_locale)) for planned in tables}
    by_locale: dict[str, set[str]] = {}
    for locale, name in set().union(*wanted.values()) if wanted else set():
        by_locale.setdefault(locale, set()).add(name)
    made: dict[str, list[str]] = {}
    problems = []
    for locale, names in sorted(by_locale.items()):
        try:
            lists = word_lists(sorted(names), locale, key.seed(f"words/{locale}"))
        except PlanRefusedError as error:
            problems.append(f"{error.message}: {error.hint}")
            continue
        made |= {f"{locale}/{name}": words for name, words in lists.items()}
    filled = []
    for planned in tables:
        own = sorted(f"{locale}/{name}" for locale, name in wanted[planned.label])
        words = {name: made[name] for name in own if name in made}
        filled.append(replace(planned, request=planned.request | {"words": words}))
    return filled, problems


def _word_lists(request: dict[str, Any], default_locale: str) -> Iterable[tuple[str, str]]:
    """The (locale, list) pairs that a table's rules draw from, those inside of values included."""
    specs = {spec.name: spec for spec in mask_specs()}

    def walk(mask: str, parameters: dict[str, Any]) -> Iterable[tuple[str, str]]:
        spec = specs.get(mask)
        if spec is None:
            return
        locale = str(parameters.get("locale", default_locale))
        yield from ((locale, name) for name in spec.words)
        for parameter in spec.parameters:
            if parameter.holds_rules:
                yield from inner(parameters.get(parameter.name))

    def inner(value: Any) -> Iterable[tuple[str, str]]:
        if isinstance(value, str):
            yield from walk(value, {})
        elif isinstance(value, dict) and isinstance(value.get("mask"), str):
            yield from walk(value["mask"], value)
        elif isinstance(value, dict):
            for item in value.values():
                yield from inner(item)

    for column in request["columns"]:
        yield from walk(column["rule"]["mask"], column["rule"].get("parameters", {}))


def _plan_hash(tables: Iterable[TablePlan]) -> str:
    """Name all that decides what a row becomes: types, rules, domains, words, formats; not the key."""
    content = [
        [planned.label, planned.has_rows, planned.request, sorted(planned.functions.items())]
        for planned in tables
    ]
    text = json.dumps([PLAN_VERSION, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
