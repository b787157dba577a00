"""Builds the plan of a run: every table decided and compiled, every problem found, no server asked."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, cast

from pgsluice._core import Key, Program, Refused
from pgsluice.catalog.model import Catalog, Relation
from pgsluice.config.functions import MaskFunction, load_function
from pgsluice.config.rules import Rules
from pgsluice.errors import UsageError, in_quotes, place
from pgsluice.plan.decisions import UNDECIDED, Decider
from pgsluice.plan.inherited import reordered
from pgsluice.plan.limits import limits
from pgsluice.plan.model import CopyPlan, LeftOut, PlannedColumn, TablePlan, Uniqueness
from pgsluice.plan.partitions import hash_problems, partition_columns
from pgsluice.plan.replica import replica_notes
from pgsluice.plan.slicing import SLICE_BYTES, with_slices
from pgsluice.plan.tables import plan_table
from pgsluice.plan.word_needs import with_words

# Part of the hash: a newer program that would mask differently does not resume an older one's run.
PLAN_VERSION = 1
# Why a table is left out that the user did not choose.
NOT_CHOSEN = "no --tables pattern matches it"


def build_plan(
    source: Catalog,
    target: Catalog | None,
    rules: Rules,
    key: Key | None,
    *,
    table_patterns: Sequence[str] = (),
    without_extensions: Sequence[str] = (),
    jobs: int = 1,
    slice_bytes: int = SLICE_BYTES,
) -> CopyPlan:
    """Plan the copy of `source` by `jobs` jobs; `target` is None where its schema is still to be made.

    Nothing raises: what must not be done is listed in `problems`, all of it at once.
    """
    decider = Decider(source, rules)
    chosen, left_out = choose(source, table_patterns, without_extensions)
    column_limits = limits(source, target)
    labels = {relation.label for relation in chosen}
    others = [relation for relation in target.relations if relation.label in labels] if target else []
    problems = _namesakes(chosen) or _namesakes(others)
    notes: list[str] = []
    tables: list[TablePlan] = []
    unplanned: list[TablePlan] = []
    for relation in chosen:
        there = target.by_label.get(relation.label) if target else None
        if target is not None and there is None:
            problems.append(
                f"{place(relation.label)} does not exist on the target: create it there, "
                "or start with an empty database and let pgsluice create the schema"
            )
        entry = rules.tables.get(relation.label)
        decisions = decider.decide(relation)
        planned, misfits = plan_table(
            relation,
            there,
            {column.name: decisions.get(column.name, UNDECIDED) for column in relation.columns},
            partition_columns=partition_columns(source, relation),
            limits=column_limits,
            casts=target,
            has_rows=entry.has_rows if entry else True,
        )
        problems += misfits
        if planned.has_rows:
            problems += hash_problems(source, relation)
        # A table that lacks a decision is not planned, but what speaks against the others is told all the same.
        is_whole = len(decisions) == len(relation.columns) and (target is None or there is not None)
        (tables if is_whole else unplanned).append(planned)
    if key is not None:
        filled, unfilled = with_words([*tables, *unplanned], key, rules.locale)
        tables, unplanned = filled[: len(tables)], filled[len(tables) :]
        problems += unfilled
    problems = decider.problems + problems
    tables, refused = _all_judged(tables, key)
    unplanned, also_refused = _all_judged(unplanned, key)
    problems += refused + also_refused
    notes += [
        f"{place(table.label)} will fail: its row security applies to the role, which must own it or have BYPASSRLS"
        for table in tables
        if table.has_rows and table.relation.is_row_security_active and table.relation.may_select
    ]
    if source.identity.encoding != "UTF8":
        notes.append(f"the source is encoded in {source.identity.encoding}; values are converted to UTF8 on the way")
    notes += replica_notes(source)
    unlogged = [table.label for table in tables if table.is_unlogged and table.has_rows]
    if unlogged:
        notes.append(f"unlogged tables, which any crash of the target empties: {', '.join(unlogged)}")
    other_order = reordered(source, chosen) if target is None else []
    if other_order:
        notes.append(f"tables that inherit, whose columns will stand after their parents': {', '.join(other_order)}")
    return CopyPlan(
        tables=tuple(with_slices(tables, jobs=jobs, slice_bytes=slice_bytes)),
        left_out=tuple(left_out),
        not_allowed=tuple(table.label for table in tables if not table.relation.may_select),
        problems=tuple(problems),
        notes=tuple(notes),
        plan_hash=_plan_hash(tables),
        unplanned=tuple(unplanned),
    )


def _all_judged(tables: Iterable[TablePlan], key: Key | None) -> tuple[list[TablePlan], list[str]]:
    found, problems = [], []
    for planned in tables:
        judged, refused = _judged(planned, key)
        found.append(judged)
        problems += refused
    return found, problems


def _judged(planned: TablePlan, key: Key | None) -> tuple[TablePlan, list[str]]:
    """Ask the core to compile a table; note what it promises, give what it refuses and functions that are not there."""
    problems = []
    for column, path in planned.functions.items():
        try:
            load_function(path)
        except UsageError as error:
            problems.append(f"{place(planned.label, column)}: {error.message}. {error.hint}")
    functions: dict[str, MaskFunction] = dict.fromkeys(planned.functions, _never_called)
    promised: dict[str, str] = {}
    try:
        program = Program(planned.program_text, key, functions)
    except Refused as refused:
        problems += [
            f"{place(planned.label, column or None)}: {message}. {hint}" for column, _, message, hint in refused.args[0]
        ]
    else:
        # A key field that comes twice is dropped the first time; the second one is the column.
        fields = (field["name"] for field in planned.request["columns"])
        promised = {name: promise[1] for name, promise in zip(fields, program.promises, strict=True)}
    columns = tuple(
        PlannedColumn(
            item.column,
            item.decision,
            _uniqueness(item, promised.get(item.column.name, "unknown")),
            must_be_unique=item.must_be_unique,
        )
        for item in planned.columns
    )
    return replace(planned, columns=columns), problems


def _uniqueness(item: PlannedColumn, promised: str) -> Uniqueness:
    if item.decision is UNDECIDED:
        return "undecided"
    instead: dict[str, Uniqueness] = {"keep": "kept", "null": "null", "default": "default", "generated": "generated"}
    return instead.get(item.decision.rule.mask, cast("Uniqueness", promised))


def _never_called(_: list[str]) -> list[str | None]:
    raise UsageError("the plan calls no function")


def choose(
    source: Catalog, patterns: Sequence[str], without_extensions: Sequence[str] = ()
) -> tuple[list[Relation], list[LeftOut]]:
    """Give the tables whose rows are copied, and those that are left out with the reason."""
    chosen, left_out = [], []
    absent = [item for item in source.beside_tables.extensions if item.name in without_extensions]
    needs = {oid: extension.name for extension in absent for oid in extension.table_oids}
    for relation in source.relations:
        if relation.kind == "p":
            continue  # Its rows lie in its partitions.
        if relation.kind == "f":
            left_out.append(LeftOut(relation.label, "a foreign table: its rows lie on another server"))
        elif relation.is_unlogged and source.identity.is_replica:
            left_out.append(LeftOut(relation.label, "an unlogged table: a replica does not have its rows"))
        elif relation.extension is not None:
            left_out.append(LeftOut(relation.label, f"it belongs to extension {in_quotes(relation.extension)}"))
        elif relation.oid in needs:
            name = in_quotes(needs[relation.oid])
            left_out.append(LeftOut(relation.label, f"it needs extension {name}, which is left out"))
        elif patterns and not any(
            fnmatchcase(name, pattern) for pattern in patterns for name in _names(source, relation)
        ):
            left_out.append(LeftOut(relation.label, NOT_CHOSEN))
        else:
            chosen.append(relation)
    return chosen, left_out


def _namesakes(chosen: Sequence[Relation]) -> list[str]:
    """Tables that rules, messages and checkpoints could not tell apart: "a.b"."c" and "a"."b.c"."""
    count = Counter(relation.label for relation in chosen)
    return [
        f"{number} tables are called {in_quotes(label)} when their schema is put in front: leave all but one out "
        "with --tables"
        for label, number in count.items()
        if number > 1
    ]


def _names(source: Catalog, relation: Relation) -> Iterable[str]:
    """What a pattern may call a table: its own name or that of the partitioned table above it."""
    root = source.by_oid.get(relation.root_oid, relation)
    return (relation.label, relation.name, root.label, root.name)


def _plan_hash(tables: Iterable[TablePlan]) -> str:
    """Name all that decides what a row becomes: types, rules, domains, words, formats; not the key."""
    content = [
        [planned.label, planned.has_rows, _with_digests(planned.request), sorted(planned.functions.items())]
        for planned in tables
    ]
    text = json.dumps([PLAN_VERSION, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _with_digests(request: dict[str, Any]) -> dict[str, Any]:
    """Give a request that names its word lists instead of holding them."""
    return request | {"words": {name: words.digest for name, words in request.get("words", {}).items()}}
