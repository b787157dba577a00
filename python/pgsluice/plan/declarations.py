"""Says what of a table's declaration would be passed over or could not work: policies, versions, columns. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pgsluice.catalog.write_targets import WriteColumn, WriteTarget
from pgsluice.config.table import Policy, Table
from pgsluice.errors import in_quotes, place
from pgsluice.plan.choosing import Choice
from pgsluice.strategies.listed import strategy

# Under these a version that has grown is stored, so that the next row is held against it.
_GROWING: set[Policy] = {"overwrite", "coalesce", "greatest"}


def declaration_problems(
    target: WriteTarget, table: Table, columns: Sequence[WriteColumn], choice: Choice
) -> Iterator[str]:
    """Give the problems; `columns` are those that rows bring."""
    names = {column.name for column in columns}
    for name in table.policies:
        if name != "*" and name not in names:
            yield f"{place(target.label, name)}: policy for a column that rows do not bring"
    if table.newer_by is not None and table.newer_by not in names:
        yield f"{place(target.label, table.newer_by)}: newer_by names a column that rows do not bring"
    # What a backfill's COPY does not do, the live strategy of the same declaration does.
    live = strategy(choice.live)
    if live.promises.needs_key:
        yield from _of_updates(target, table, columns, choice)
    elif table.newer_by is not None or set(table.policies.values()) - {"keep"}:
        given = "newer_by" if table.newer_by is not None else "policies"
        yield f"{place(target.label)}: strategy {live.name} changes no row that is there, so it knows no {given}"


def _of_updates(target: WriteTarget, table: Table, columns: Sequence[WriteColumn], choice: Choice) -> Iterator[str]:
    live = strategy(choice.live)
    for name in choice.live_key:
        if table.policies.get(name, "keep") != "keep":
            yield f"{place(target.label, name)}: policy for a column of the conflict key, which stays as it is"
    for column in columns:
        policy = table.policy(column.name, live.default_policy)
        if column.name in choice.live_key:
            continue
        if policy not in live.policies:
            yield f"{place(target.label, column.name)}: strategy {live.name} knows no policy {policy}"
        elif policy != "keep" and column.identity == "a" and strategy(choice.strategy).promises.needs_key:
            yield (
                f"{place(target.label, column.name)}: GENERATED ALWAYS, so rows that are there keep it: "
                "give it policy keep"
            )
    if table.newer_by is not None:
        yield from _of_versions(target, table.newer_by, table, choice)


def _of_versions(target: WriteTarget, newer_by: str, table: Table, choice: Choice) -> Iterator[str]:
    live = strategy(choice.live)
    policy = table.policy(newer_by, live.default_policy)
    if not live.knows_newer:
        yield f"{place(target.label)}: strategy {live.name} knows no newer_by"
    elif newer_by in choice.live_key:
        yield f"{place(target.label, newer_by)}: newer_by names a column of the conflict key, which never grows"
    elif policy not in _GROWING:
        yield f"{place(target.label, newer_by)}: newer_by needs a version that is stored, and policy {policy} is not to"


def column_problems(target: WriteTarget, given: Sequence[str]) -> Iterator[str]:
    """Say what of the columns that were named cannot be given, and which must be."""
    for name in given:
        column = target.column_by_name.get(name)
        if column is None:
            yield f"{place(target.label)} has no column {in_quotes(name)}"
        elif column.is_generated:
            yield f"{place(target.label, name)}: generated, so its value cannot be given"
    for column in target.columns:
        if column.is_not_null and not (column.has_default or column.is_generated) and column.name not in given:
            yield f"{place(target.label, column.name)}: NOT NULL without a default, and rows do not bring it"
