"""Compiles proposals as a copy would, with a key of the moment, and gives the next one where it is refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping

from pgsluice._core import Key, Program, Refused
from pgsluice.catalog.model import Catalog, Relation
from pgsluice.config.key import KEY_BYTES
from pgsluice.config.rules import Rule, Rules, TableRules
from pgsluice.plan.decisions import UNDECIDED, Decider
from pgsluice.plan.limits import limits
from pgsluice.plan.model import TablePlan
from pgsluice.plan.tables import plan_table
from pgsluice.plan.word_needs import with_words
from pgsluice.recognition.facts import Place
from pgsluice.recognition.follow import Follow

# Each round drops at least one rule; no recogniser offers more than so many for one type.
_ROUNDS_MAX = 6


def accepted(
    catalog: Catalog, relations: list[Relation], rules: Rules, offers: Mapping[Place, tuple[Rule, ...]], follow: Follow
) -> tuple[dict[Place, Rule], dict[Place, str]]:
    """Choose for each column the first rule that compiles with all others; give them, and why the rest was refused.

    `relations` are those whose rows would be copied: a partition counts with the rules of the table above it.
    """
    left = {place: list(found) for place, found in offers.items() if found}
    refused: dict[Place, str] = {}
    asked = {oid for place in left for oid in follow.relations_of(place)}
    waiting = _of(relations, asked)
    for _ in range(_ROUNDS_MAX):
        chosen = {place: found[0] for place, found in left.items() if found}
        again: set[int] = set()
        for place, reason in _refusals(catalog, waiting, with_rules(catalog, rules, chosen), follow):
            if left.get(place) and left[place][0] == chosen.get(place):
                left[place].pop(0)
                refused[place] = reason
                again.update(follow.relations_of(place))
        if not again:
            return chosen, {place: reason for place, reason in refused.items() if place not in chosen}
        waiting = _of(relations, again)
    return chosen, refused


def _of(relations: Iterable[Relation], oids: set[int]) -> list[Relation]:
    return [relation for relation in relations if relation.root_oid in oids]


def with_rules(catalog: Catalog, rules: Rules, chosen: Mapping[Place, Rule]) -> Rules:
    """Put rules for columns beside those that are there."""
    tables = {label: dict(entry.rules) for label, entry in rules.tables.items()}
    for (oid, column), rule in chosen.items():
        tables.setdefault(catalog.by_oid[oid].label, {}).setdefault(column, rule)
    has_rows = {label: entry.has_rows for label, entry in rules.tables.items()}
    return Rules(
        locale=rules.locale,
        patterns=rules.patterns,
        tables={label: TableRules(found, has_rows.get(label, True)) for label, found in tables.items()},
    )


def _refusals(catalog: Catalog, relations: list[Relation], rules: Rules, follow: Follow) -> list[tuple[Place, str]]:
    """Compile tables; give the columns that decide what was refused, with the core's reasons."""
    key = Key(secrets.token_bytes(KEY_BYTES))
    decider = Decider(catalog, rules)
    column_limits = limits(catalog, None)
    planned: list[TablePlan] = []
    for relation in relations:
        decisions = decider.decide(relation)
        table, _ = plan_table(
            relation,
            None,
            {column.name: decisions.get(column.name, UNDECIDED) for column in relation.columns},
            partition_columns=frozenset(),
            limits=column_limits,
            casts=None,
            has_rows=True,
        )
        planned.append(table)
    filled, _ = with_words(planned, key, rules.locale)
    found = []
    for table in filled:
        try:
            Program(json.dumps(table.request), key, dict.fromkeys(table.functions, _never_called))
        except Refused as refused:
            found += [
                (follow.leader((table.relation.oid, column)), message) for column, _, message, _ in refused.args[0]
            ]
    return found


def _never_called(_: list[str]) -> list[str | None]:
    raise AssertionError  # A program that is only compiled calls nothing.
