"""Tells what of a table works against the way it is written: slow, surprising or lossy, but no error. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pgsluice.driver.quoting import qualified
from pgsluice.errors import in_quotes
from pgsluice.plan.partition_advice import without_primary_key
from pgsluice.plan.warning import PlanWarning

if TYPE_CHECKING:
    from pgsluice.plan.writing import WritePlan

# What is proposed in place of 100: a page then takes a new version of every second or third of its rows before it has
# to be pruned, which readers and writers do on the way.
FILL_PERCENT_PROPOSED = 70

#: What each code says, for the reference; the text of a warning names columns and objects.
WARNINGS = {
    "indexed-column-changes": "A column that changes is in an index, its expression or its predicate: such an update "
    "is not HOT, and writes an entry into every index",
    "fillfactor": "Full pages have no room for new versions of rows, which then are not HOT",
    "no-key": "Rows that are sent again are there twice, unless a cursor covers them",
    "other-unique-index": "A row that breaks a unique index beside the conflict key is an error",
    "partition-key-in-key": "The conflict key contains the partition key: a row with another one is another row",
    "races": "What the strategy leaves open: a row that it can miss, a moment in which it is not there yet",
    "row-triggers": "Triggers fire for every row, and may change or drop it, or write elsewhere",
    "unlogged": "A crash of the server empties the table, and replicas do not have its rows",
    "no-primary-key": "A partitioned table without a primary key; one that contains the partition key would let rows "
    "be upserted",
}


def warnings_of(plan: WritePlan) -> tuple[PlanWarning, ...]:
    """Look at how one table is written."""
    return (*_of_updates(plan), *_of_conflicts(plan), *_of_table(plan))


def _of_updates(plan: WritePlan) -> Iterator[PlanWarning]:
    """What keeps new versions of rows from being HOT: off the indexes and on the same page."""
    target = plan.target
    if not plan.updates:
        return
    for column in plan.part.shape.changing:
        if column.name in target.indexed_columns:
            yield PlanWarning(
                "indexed-column-changes",
                f"column {in_quotes(column.name)} is in an index and changes: such an update is not HOT, it writes an "
                f"entry into each of {target.index_count} indexes",
            )
    # A partitioned table has no pages of its own.
    if target.fill_percent == 100 and target.kind != "p":
        name = qualified(target.schema, target.name)
        yield PlanWarning(
            "fillfactor",
            "fillfactor is 100: full pages have no room for new versions, which then are not HOT: "
            f"ALTER TABLE {name} SET (fillfactor = {FILL_PERCENT_PROPOSED})",
        )


def _of_conflicts(plan: WritePlan) -> Iterator[PlanWarning]:
    """What may happen to rows beside what the conflict key is about."""
    target, shape = plan.target, plan.part.shape
    brought = set(plan.column_names)
    # One of columns that the server gives, an identity's for one, keeps no row from being there twice.
    unique = [index for index in target.unique_indexes if index.has_expressions or brought & set(index.columns)]
    if plan.context == "live" and not unique:
        yield PlanWarning(
            "no-key",
            "no unique index of columns that rows bring: rows that the program sends again are there twice, "
            "unless a cursor covers them",
        )
    for index in unique if shape.key else ():
        if set(index.columns) != set(shape.key) or index.has_expressions or index.predicate != shape.predicate:
            yield PlanWarning(
                "other-unique-index",
                f"unique index {in_quotes(index.name)} is not what the conflict is about: a row that breaks it is an "
                "error",
            )
    inside = [name for name in target.partition_columns if name in shape.key]
    if inside and set(shape.key) - set(inside):
        names = ", ".join(map(in_quotes, inside))
        yield PlanWarning(
            "partition-key-in-key",
            f"partition key {names} is part of the conflict key: a row with another {names} is another row",
        )
    if plan.strategy.promises.races != "none":
        yield PlanWarning("races", f"{plan.strategy.name}: {plan.strategy.promises.races}")


def _of_table(plan: WritePlan) -> Iterator[PlanWarning]:
    target = plan.target
    if target.row_triggers:
        names = ", ".join(map(in_quotes, target.row_triggers))
        yield PlanWarning(
            "row-triggers", f"triggers fire for every row and may change or drop it, or write elsewhere: {names}"
        )
    if target.is_unlogged:
        yield PlanWarning(
            "unlogged", "the table is unlogged: a crash of the server empties it, and replicas do not have its rows"
        )
    if target.partition_columns and not target.primary_key:
        yield without_primary_key(target.label, target.partition_columns)
