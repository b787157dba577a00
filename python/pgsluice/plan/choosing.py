"""Chooses the strategy of a table from its catalog, its conflict key and the context, with reasons. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pgsluice.catalog.write_targets import WriteTarget
from pgsluice.config.table import Context, Table
from pgsluice.errors import in_quotes, place
from pgsluice.plan.conflict_keys import conflict_key
from pgsluice.strategies.listed import strategy
from pgsluice.strategies.shape import Strategy

# From so many rows of a table in one flush on, an upsert goes through a temporary table. Measured on loopback with
# random keys that are there (benches U5, idle): five narrow columns go as fast either way, from 10,000 rows to 100,000;
# ten with jsonb 1.25 times as fast by the table at 10,000 and 25,000 rows, 1.29 at 100,000. What decides is the memory
# of the server's session: 42, 95 and 393 MiB for arrays of these, 8, 11 and 14 MiB by the table. It costs seven round
# trips in place of one, which eat the gain at 10,000 rows where the server is a few milliseconds away.
STAGING_ROWS_MIN = 25_000
# What a backfill replaces by COPY: the rows of a new range meet nothing, so what would happen to others is no matter.
_REPLACED = {"upsert", "quiet_upsert", "cte_upsert", "merge"}


@dataclass
class Choice:
    """What was chosen, and why."""

    strategy: str = "upsert"
    # What the declaration is in live context, which a backfill may replace.
    live: str = "upsert"
    key: tuple[str, ...] = ()
    live_key: tuple[str, ...] = ()
    predicate: str | None = None
    # Whether COPY must give way to an INSERT that does the same.
    is_copy_refused: bool = False
    # From how many rows on they go through a temporary table; None for never.
    staging_rows_min: int | None = None
    reasons: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def chosen(target: WriteTarget, table: Table, context: Context, columns: Sequence[str]) -> Choice:
    """Choose; `columns` are those that rows bring."""
    found_key = conflict_key(target, table, columns)
    key = found_key.columns
    choice = Choice(key=key, live_key=key, predicate=found_key.predicate, problems=list(found_key.problems))
    if found_key.reason:
        choice.reasons.append(found_key.reason)
    _choose_strategy(choice, table, context, columns, found_key.lack)
    found = strategy(choice.strategy)
    if found.promises.needs_key and found_key.lack:
        choice.problems.append(
            f"{place(target.label)}: strategy {found.name} needs a key to tell rows apart: {found_key.lack}"
        )
    if found.sends == "copy":
        _check_copy(choice, target, columns)
    else:
        _check_conflict_clause(choice, target)
    _choose_staging(choice, target, table)
    _check_rights(choice, target)
    if target.row_triggers:
        choice.reasons.append(f"row triggers fire: {', '.join(map(in_quotes, target.row_triggers))}")
    return choice


def _choose_strategy(choice: Choice, table: Table, context: Context, columns: Sequence[str], lack: str | None) -> None:
    name = table.strategy
    if name == "auto":
        name, why = _automatic(choice.key, columns, lack)
        choice.reasons.append(f"{name}: {why}")
    else:
        strategy(name)
        choice.reasons.append(f"{name}: named in the declaration")
    choice.live = name
    if table.backfill != "auto":
        strategy(table.backfill)
    if context == "backfill":
        if table.backfill != "auto":
            name = table.backfill
            choice.reasons.append(f"{name}: named for backfills in the declaration")
        elif name in _REPLACED:
            name = "copy"
            choice.reasons.append("copy: a backfill writes ranges that are new, and COPY is fastest where all rows are")
    choice.strategy = name


def _automatic(key: Sequence[str], columns: Sequence[str], lack: str | None) -> tuple[str, str]:
    if not key:
        return "copy", f"no row can be told to be there already, for {lack or 'there is no key'}"
    if set(columns) <= set(key):
        return "ignore", "all columns are of the key, so a row that is there has nothing to change"
    return "upsert", "a live table with a key; a restart may send the same rows again"


def _check_conflict_clause(choice: Choice, target: WriteTarget) -> None:
    """Refuse what no ON CONFLICT works on."""
    if target.has_rules:
        choice.problems.append(
            f"{place(target.label)} has rules for INSERT or UPDATE, with which ON CONFLICT does not work; triggers do"
        )
    deferrable = [in_quotes(index.name) for index in target.unique_indexes if index.is_deferrable]
    if choice.strategy == "ignore" and not choice.key and deferrable:
        choice.problems.append(
            f"{place(target.label)}: strategy ignore without a key is about every unique index, and ON CONFLICT cannot "
            f"be about one that is deferrable: {', '.join(deferrable)}"
        )


def _choose_staging(choice: Choice, target: WriteTarget, table: Table) -> None:
    if choice.strategy == "merge":
        choice.staging_rows_min = 0
        if not target.may_stage:
            choice.problems.append(
                f"{place(target.label)}: strategy merge makes a temporary table, which this role may not"
            )
    elif table.staging == "unlogged" and choice.strategy != "staged":
        choice.problems.append(f"{place(target.label)}: staging is of strategy staged, not of {choice.strategy}")
    elif table.on_error == "reject" and choice.strategy == "staged":
        choice.problems.append(
            f"{place(target.label)}: strategy staged cannot reject rows, for they are refused when they are added up"
        )
    elif table.staging == "unlogged":
        choice.reasons.append("staging is unlogged: a crash of the server loses rows that are not added up yet")
    elif choice.strategy == "upsert" and table.strategy == "auto" and target.may_stage:
        choice.staging_rows_min = STAGING_ROWS_MIN
        choice.reasons.append(f"merge for flushes of {STAGING_ROWS_MIN:,} rows and more: there COPY pays")


def returns(choice: Choice, target: WriteTarget, found: Strategy) -> Literal["old", "xmax"] | None:
    """How rows say what became of them; None where nobody needs to be asked. Adds a problem where nobody can."""
    if found.outcomes == "inserted" and not choice.is_copy_refused:
        return None
    why = None
    if found.outcomes in {"none", "inserted"}:
        why = f"strategy {found.name} cannot tell"
    elif not choice.key:
        why = "without a key no row can be found again"
    elif not target.may_select:
        why = "this role may not SELECT"
    elif found.outcomes == "versions" and target.kind == "p" and target.server_version < 18:
        why = "partitioned tables tell from version 18 of the server on; strategies ignore and cte_upsert tell before"
    if why:
        choice.problems.append(f"{place(target.label)}: returning: {why}")
    return "old" if target.server_version >= 18 else "xmax"


def _check_copy(choice: Choice, target: WriteTarget, columns: Sequence[str]) -> None:
    """Say where COPY gives way to INSERT, which promises the same."""
    choice.key = tuple(name for name in choice.key if name in columns)
    if target.is_row_security_active:
        choice.is_copy_refused = True
        choice.reasons.append("by INSERT: row security holds for this role, and COPY refuses such a table")
    elif target.has_rules:
        choice.is_copy_refused = True
        choice.reasons.append("by INSERT: the table has rules, which COPY passes by")
    without = [c.name for c in target.columns if c.name in columns and c.wire.text_only]
    if without and not choice.is_copy_refused:
        choice.is_copy_refused = True
        choice.reasons.append(f"by INSERT: no binary form for column {', '.join(map(in_quotes, without))}")


def _check_rights(choice: Choice, target: WriteTarget) -> None:
    name = choice.strategy
    if not target.may_insert:
        choice.problems.append(f"{place(target.label)}: this role may not INSERT")
    updates = strategy(name).promises.needs_key
    if updates and not target.may_update:
        choice.problems.append(f"{place(target.label)}: this role may not UPDATE, which strategy {name} does")
    if updates and not target.may_select:
        choice.problems.append(f"{place(target.label)}: this role may not SELECT, which ON CONFLICT needs")
