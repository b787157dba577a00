"""Columns that refer to a key by their name alone: without a foreign key nothing makes them follow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from pgsluice._core import mask_specs
from pgsluice.catalog.model import Catalog, Column, Relation
from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import Place
from pgsluice.recognition.model import Confidence, Finding
from pgsluice.recognition.names import words

# What such a name ends in: customer_id, KundenNr, order_ref.
_ENDINGS = frozenset({"id", "ids", "nr", "no", "ref", "fk", "key"})


def referenced_by_name(
    catalog: Catalog, findings: Mapping[Place, Finding], decided: Callable[[Place], Finding | None]
) -> dict[Place, Finding]:
    """Give columns that nothing else was found for the rule of the key that they seem to refer to.

    `decided` knows the keys that are not among the findings, because they have a rule already.
    """
    keys = _keys_by_name(catalog)
    found = {}
    for place, finding in findings.items():
        if finding.kind != "nothing":
            continue
        relation = catalog.by_oid[place[0]]
        column = relation.column_by_name[place[1]]
        target = _target(relation, column, keys)
        there = None if target is None else findings.get(target) or decided(target)
        if target is not None and target != place and there is not None:
            found[place] = _like(there, catalog.by_oid[target[0]], target)
    return found


def _keys_by_name(catalog: Catalog) -> dict[str, list[tuple[Relation, Column]]]:
    """Tables with a primary key of one column, by every form of their name."""
    keys: dict[str, list[tuple[Relation, Column]]] = {}
    for relation in catalog.relations:
        primary = next((index for index in relation.unique_indexes if index.is_primary), None)
        if relation.is_partition or primary is None or len(primary.columns) != 1:
            continue
        column = relation.column_by_name[primary.columns[0]]
        whole = "".join(words(relation.name).single)
        for form in words(whole).phrases:
            keys.setdefault(form, []).append((relation, column))
    return keys


def _target(relation: Relation, column: Column, keys: Mapping[str, list[tuple[Relation, Column]]]) -> Place | None:
    name = words(column.name).single
    if len(name) < 2 or name[-1] not in _ENDINGS:
        return None
    for start in range(len(name) - 1):  # "billing_customer_id": the whole first, then less of it.
        there = [
            (other, key)
            for other, key in keys.get("".join(name[start:-1]), ())
            if key.type.name == column.type.name and key.type.is_array == column.type.is_array
        ]
        near = [found for found in there if found[0].schema == relation.schema] or there
        if len(near) == 1:
            return near[0][0].oid, near[0][1].name
    return None


def _like(there: Finding, relation: Relation, target: Place) -> Finding:
    called = f"{relation.label}.{target[1]}"
    if there.confidence is Confidence.LOW:
        why = f'seems to refer to {called}, which is undecided: give both the same rule and the same "domain"'
        return Finding(Confidence.LOW, (), why, "reference")
    rules = tuple(_in_domain(rule, f"column {called}") for rule in there.rules)
    return Finding(Confidence.MEDIUM, rules, f"seems to refer to {called}, so it gets the same rule", "reference")


def _in_domain(rule: Rule, domain: str) -> Rule:
    """Name the domain that the key has by itself, where masks have one for each column."""
    is_of_column = rule.domain is None and _default_domains().get(rule.mask) == "column"
    return replace(rule, domain=domain) if is_of_column else rule


@cache
def _default_domains() -> dict[str, str]:
    return {spec.name: spec.default_domain for spec in mask_specs() if spec.action == "mask"}
