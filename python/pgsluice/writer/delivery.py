"""Sends portions: in one statement where that is possible, else in one transaction; whole, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.driver import Connection
from pgsluice.strategies.copy_in import TargetTable, write_by_copy
from pgsluice.strategies.merge import create_staging, drop_staging, empty_staging, staging_table
from pgsluice.strategies.statement import Gate, flush_statement
from pgsluice.writer.portion import Portion


@dataclass(frozen=True)
class Passage:
    """What decides whether a delivery may write, with the arguments of its statement."""

    gate: Gate
    arguments: tuple[object, ...]


async def deliver(
    connection: Connection, portions: Sequence[Portion], passage: Passage | None, *, is_durable: bool, is_own: bool
) -> bool:
    """Write the portions if the passage lets them through; tell whether it did.

    Rows that go by COPY need a transaction; a caller's open one is used as it is. `is_own` where the session is ours,
    and temporary tables may stay in it.
    """
    is_one_statement = not any(portion.way != "arrays" or portion.turn for portion in portions)
    if is_one_statement and is_durable:
        return await _send(connection, portions, passage)
    if connection.is_in_transaction:
        return await _write(connection, portions, passage, is_own=is_own)
    async with connection.transaction():
        if not is_durable:
            await connection.execute("SET LOCAL synchronous_commit = off", doing="choosing how commits wait")
        return await _write(connection, portions, passage, is_own=is_own)


async def _write(connection: Connection, portions: Sequence[Portion], passage: Passage | None, *, is_own: bool) -> bool:
    """Write inside of a transaction: the passage first, so that nothing is sent in vain."""
    sent = [portion for portion in portions if portion.way == "arrays"]
    first = [portion for portion in sent if portion.turn == 0]
    if (first or passage) and not await _send(connection, first, passage):
        return False
    made: set[str] = set()
    for turn in range(1 + max((portion.turn for portion in portions), default=0)):
        later = [portion for portion in sent if portion.turn == turn > 0]
        if later:
            await _send(connection, later, None)
        for portion in portions:
            if portion.way == "staging" and portion.turn == turn:
                await _stage(connection, portion, made, is_own=is_own)
    for portion in portions:
        if portion.way == "copy":
            target = TargetTable(
                portion.plan.target.schema, portion.plan.target.name, portion.plan.column_names, "binary"
            )
            await write_by_copy(connection, target, portion.rows.batch())
    return True


async def _stage(connection: Connection, portion: Portion, made: set[str], *, is_own: bool) -> None:
    """Write by way of a temporary table; `made` names those that this transaction has filled."""
    part = portion.part
    doing = f"staging rows for {portion.plan.target.label}"
    if part.staging in made and is_own:
        await connection.execute(empty_staging(part), doing=doing)
    else:
        await connection.execute(create_staging(part, is_kept=is_own), doing=doing)
        made.add(part.staging)
    await write_by_copy(connection, staging_table(part), portion.rows.batch())
    await _send(connection, [portion], None)
    if not is_own:
        await connection.execute(drop_staging(part), doing=doing)


async def _send(connection: Connection, portions: Sequence[Portion], passage: Passage | None) -> bool:
    """Write by one statement."""
    sql = flush_statement([portion.part for portion in portions], passage.gate if passage else None)
    arguments: list[object] = [*(passage.arguments if passage else ())]
    for portion in portions:
        arguments += portion.arguments()
    labels = ", ".join(portion.plan.target.label for portion in portions)
    (row,) = await connection.fetch_prepared(sql, arguments, doing=f"writing {labels}")
    return bool(row["is_written"])
