"""Finds which word lists the masks of a plan draw from, and gives each table its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pgsluice._core import Key, MaskSpec, mask_specs
from pgsluice.config.rules import Rules
from pgsluice.errors import PlanRefusedError
from pgsluice.plan.model import TablePlan
from pgsluice.plan.words import WordList, word_lists

NamedRule = tuple[str, dict[str, Any]]


def with_words(tables: list[TablePlan], key: Key, default_locale: str) -> tuple[list[TablePlan], list[str]]:
    """Put the word lists into the requests, made once a locale; give the tables and what could not be had."""
    wanted = {planned.label: _wanted(planned.request, default_locale) for planned in tables}
    by_locale: dict[str, set[str]] = {}
    for locale, name in set().union(*wanted.values()) if wanted else set():
        by_locale.setdefault(locale, set()).add(name)
    made: dict[str, WordList] = {}
    problems = []
    for locale, names in sorted(by_locale.items()):
        try:
            lists = word_lists(sorted(names), locale, key.seed(f"words/{locale}"))
        except PlanRefusedError as error:
            problems.append(f"{error.message}. {error.hint or ''}".strip())
            continue
        made |= {f"{locale}/{name}": words for name, words in lists.items()}
    filled = []
    for planned in tables:
        keys = sorted(f"{locale}/{name}" for locale, name in wanted[planned.label])
        words = {name: made[name] for name in keys if name in made}
        filled.append(replace(planned, request=planned.request | {"words": words}))
    return filled, problems


def takes_words(rules: Rules) -> bool:
    """Whether a mask of a rules file draws from word lists; rules inside of values are not looked at."""
    with_lists = {spec.name for spec in mask_specs() if spec.words}
    said = [pattern.rule for pattern in rules.patterns]
    said += [rule for entry in rules.tables.values() for rule in entry.rules.values()]
    return any(rule.mask in with_lists for rule in said)


def _wanted(request: dict[str, Any], default_locale: str) -> set[tuple[str, str]]:
    """The (locale, list) pairs of a table's rules, those inside of values included."""
    specs = {spec.name: spec for spec in mask_specs()}
    rules = [(column["rule"]["mask"], column["rule"].get("parameters", {})) for column in request["columns"]]
    return {
        (str(parameters.get("locale", default_locale)), name)
        for rule in rules
        for mask, parameters in _with_inner(rule, specs)
        for name in (specs[mask].words if mask in specs else ())
    }


def _with_inner(rule: NamedRule, specs: dict[str, MaskSpec]) -> Iterator[NamedRule]:
    """A rule, then the rules that its parameters hold, at any depth."""
    mask, parameters = rule
    yield rule
    for parameter in specs[mask].parameters if mask in specs else ():
        if parameter.holds_rules:
            for inner in _rules_in(parameters.get(parameter.name)):
                yield from _with_inner(inner, specs)


def _rules_in(value: Any) -> Iterator[NamedRule]:
    """The rules of a parameter: a mask's name, a table with "mask", or a table of either."""
    if isinstance(value, str):
        yield value, {}
    elif isinstance(value, dict) and isinstance(value.get("mask"), str):
        yield value["mask"], value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _rules_in(item)
