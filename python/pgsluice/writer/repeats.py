"""Has the server tell which rows have one key, where bytes do not: citext, some collations, rounded numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pgsluice.driver import Array, Connection
from pgsluice.errors import DataError, place
from pgsluice.strategies.statement import repeats_statement, unmet_statement
from pgsluice.writer.portion import Portion

INT8_ARRAY_OID = 1016  # pg_type.dat


async def told_apart(connection: Connection, portions: Sequence[Portion]) -> list[Portion]:
    """Give portions in which each key comes once; those whose keys are exact are as they were."""
    found: list[Portion] = []
    for portion in portions:
        if portion.plan.part.shape.predicate is not None and portion.way != "copy":
            await _check_predicate(connection, portion)
        if portion.plan.part.shape.is_key_exact or portion.plan.repeats == "sent":
            found.append(portion)
        else:
            found += await _told_apart(connection, portion)
    return found


async def _check_predicate(connection: Connection, portion: Portion) -> None:
    """Refuse rows that the conflict key's partial index would not hold: each would be a new row, each time."""
    plan, rows = portion.plan, portion.rows
    part, label = plan.part, plan.target.label
    blanks = [
        (column.name, column.wire.display)
        for column in plan.target.columns
        if column.name not in plan.column_names and not (column.has_default or column.is_generated)
    ]
    (row,) = await connection.fetch_prepared(
        unmet_statement(part, str(part.shape.predicate), blanks),
        [Array(oid, rows.array(ordinal)) for ordinal, oid in enumerate(plan.array_oids)],
        doing=f"looking for rows that are not of the conflict index for {label}",
    )
    if row["ordinal"] is not None:
        raise DataError(
            f"{place(label)}, row {rows.positions[row['ordinal'] - 1]}: expected a row that the partial index of the "
            "conflict key holds, found one that it does not",
            detail="It would meet no other row, and be a new one each time that it is sent. Rows are counted from 0 in "
            "all that was given of the table. Nothing of the flush was written.",
            hint="Write such rows by another key, or by UPDATE statements of your own.",
        )


async def _told_apart(connection: Connection, portion: Portion) -> list[Portion]:
    """Ask for the rows that are not the first ones of their key: mostly none."""
    plan, rows = portion.plan, portion.rows
    key = [plan.part.columns[ordinal] for ordinal in plan.key_ordinals]
    arrays = [Array(plan.array_oids[ordinal], rows.array(ordinal)) for ordinal in plan.key_ordinals]
    repeated = await connection.fetch_prepared(
        repeats_statement(key, is_last=plan.repeats == "last"),
        [*arrays, Array(INT8_ARRAY_OID, rows.position_array())],
        doing=f"looking for rows with one key for {plan.target.label}",
    )
    if not repeated:
        return [portion]
    turns: dict[int, set[int]] = defaultdict(set)
    for row in repeated:
        turns[row["turn"]].add(row["ordinal"])
    repeats = sorted(set().union(*turns.values()))
    first = replace(portion, rows=rows.without(repeats))
    if plan.repeats != "in turn":
        positions = rows.positions
        return [replace(first, dropped=tuple(positions[ordinal] for ordinal in repeats))]
    every = set(range(rows.rows))
    later = {turn: rows.without(sorted(every - ordinals)) for turn, ordinals in sorted(turns.items())}
    first = replace(first, is_followed=True)
    return [first, *(replace(portion, rows=its, turn=turn) for turn, its in later.items())]
