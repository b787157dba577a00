"""Sends portions: in one statement where that is possible, else in one transaction; whole, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pgsluice.driver import Connection
from pgsluice.points import reached
from pgsluice.strategies.copy_in import TargetTable, write_by_copy
from pgsluice.strategies.merge import create_staging, drop_staging, empty_staging, staging_table
from pgsluice.strategies.statement import Gate, flush_statement
from pgsluice.writer.changed import check_copied
from pgsluice.writer.portion import Portion

# A crash of the server may take the last moments' transactions back, whole. One message, so one round trip.
BEGIN_LOSSY = "BEGIN; SET LOCAL synchronous_commit = off"


@dataclass(frozen=True)
class Passage:
    """What decides whether a delivery may write, with the arguments of its statement."""

    gate: Gate
    arguments: tuple[object, ...]


@dataclass
class Delivery:
    """What was delivered: whether the passage let it through, and letters for each portion that is asked about."""

    is_through: bool = True
    letters: dict[int, str] = field(default_factory=dict)  # by id of the portion

    def told(self, portions: Sequence[Portion], row: Sequence[object]) -> None:
        """Keep what a statement says of its portions."""
        self.is_through = self.is_through and bool(row[0])
        asked = [portion for portion in portions if portion.plan.part.shape.returns]
        if self.is_through:
            self.letters |= {id(portion): str(said or "") for portion, said in zip(asked, row[1:], strict=True)}


#: What is done behind the rows, just before COMMIT; its error takes the rows back.
Closing = Callable[[Connection], Awaitable[None]]


async def deliver(
    connection: Connection,
    portions: Sequence[Portion],
    passage: Passage | None,
    *,
    is_durable: bool,
    is_own: bool,
    closing: Closing | None = None,
) -> Delivery:
    """Write the portions if the passage lets them through; tell whether it did, and what became of their rows.

    Rows that go by COPY need a transaction; a caller's open one is used as it is. `is_own` where the session is ours,
    and temporary tables may stay in it.
    """
    is_one_statement = closing is None and not any(portion.way != "arrays" or portion.turn for portion in portions)
    if is_one_statement and is_durable:
        delivery = Delivery()
        await _send(connection, portions, passage, delivery)
        return delivery
    async with opened(connection, is_durable=is_durable):
        delivery = await write_portions(connection, portions, passage, is_own=is_own)
        if delivery.is_through and closing is not None:
            await closing(connection)
        return delivery


@asynccontextmanager
async def opened(connection: Connection, *, is_durable: bool) -> AsyncIterator[None]:
    """Have a transaction: the caller's where one is open, else one for the block."""
    if connection.is_in_transaction:
        yield
        return
    async with connection.transaction("BEGIN" if is_durable else BEGIN_LOSSY):
        reached("writer-transaction-begun")
        yield
        reached("writer-commit-begins")


async def write_portions(
    connection: Connection,
    portions: Sequence[Portion],
    passage: Passage | None,
    *,
    is_own: bool,
    staged: set[str] | None = None,
) -> Delivery:
    """Write inside of a transaction: the passage first, so that nothing is sent in vain.

    `staged` names the temporary tables that the transaction has filled before, if it has.
    """
    sent = [portion for portion in portions if portion.way == "arrays"]
    first = [portion for portion in sent if portion.turn == 0]
    delivery = Delivery()
    if first or passage:
        await _send(connection, first, passage, delivery)
    if not delivery.is_through:
        return delivery
    made = set() if staged is None else staged
    for turn in range(1 + max((portion.turn for portion in portions), default=0)):
        later = [portion for portion in sent if portion.turn == turn > 0]
        if later:
            await _send(connection, later, None, delivery)
        for portion in portions:
            if portion.way == "staging" and portion.turn == turn:
                await _stage(connection, portion, made, delivery, is_own=is_own)
    for portion in portions:
        if portion.way == "copy":
            target = TargetTable(
                portion.plan.target.schema, portion.plan.target.name, portion.plan.column_names, "binary"
            )
            await write_by_copy(connection, target, portion.rows)
            await check_copied(connection, portion.plan)
            delivery.letters[id(portion)] = "i" * portion.rows.rows
    return delivery


async def _stage(connection: Connection, portion: Portion, made: set[str], delivery: Delivery, *, is_own: bool) -> None:
    """Write by way of a temporary table; `made` names those that this transaction has filled."""
    part = portion.part
    doing = f"staging rows for {portion.plan.target.label}"
    if part.staging in made and is_own:
        await connection.execute(empty_staging(part), doing=doing)
    else:
        await connection.execute(create_staging(part, is_kept=is_own), doing=doing)
        made.add(part.staging)
    await write_by_copy(connection, staging_table(part), portion.rows)
    await _send(connection, [portion], None, delivery)
    if not is_own:
        await connection.execute(drop_staging(part), doing=doing)


async def _send(
    connection: Connection, portions: Sequence[Portion], passage: Passage | None, delivery: Delivery
) -> None:
    """Write by one statement."""
    sql = flush_statement([portion.part for portion in portions], passage.gate if passage else None)
    arguments: list[object] = [*(passage.arguments if passage else ())]
    for portion in portions:
        arguments += portion.arguments()
    labels = ", ".join(portion.plan.target.label for portion in portions)
    reached("writer-statement-begins")
    (row,) = await connection.fetch_prepared(sql, arguments, doing=f"writing {labels}")
    reached("writer-statement-answered")
    delivery.told(portions, list(row.values()))
