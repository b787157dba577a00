"""Owns the cases that tell upserts apart: rows that are absent, stale or fresh, and what each statement writes then."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import NotAllowedError
from pgsluice.wal.bill import WalBill
from pgsluice.wal.measuring import measure
from pgsluice.wal.records import Way, statement

Situation = Literal["absent", "stale", "fresh"]

SCHEMA = "_pgsluice_wal_cases"
TABLE = "hosts"
ROWS = 1000
# A page of the catalog that is pruned, or whose hint bits are set, disturbs one run of them at most.
RUNS = 3
_SITUATIONS: tuple[Situation, ...] = ("absent", "stale", "fresh")
_SEEN = 2
# What is there before the statement brings rows that were seen at 2.
_SEEN_BEFORE: Mapping[Situation, int | None] = MappingProxyType({"absent": None, "stale": 1, "fresh": _SEEN})
#: What people write who want no needless update; no strategy of ours. Each takes two arrays of int8: `id` and `seen`.
PLAIN = ("guarded", "published")


@dataclass(frozen=True)
class CaseBill:
    """What one statement wrote for rows that were all absent, stale or fresh; the median of several runs."""

    strategy: str
    situation: Situation
    rows: int
    bill: WalBill


def plain_statements() -> dict[str, str]:
    """Give the statements that strategies are compared with: ON CONFLICT ... WHERE, and an INSERT before an UPDATE."""
    return {name: statement(f"case_{name}") for name in PLAIN}


async def measure_cases(
    server: Dsn, statements: Mapping[str, str], *, rows: int = ROWS, way: Way = "auto"
) -> list[CaseBill]:
    """Measure every statement in every case, on a table of its own in schema `_pgsluice_wal_cases`, dropped again."""
    ids = list(range(1, rows + 1))
    found = []
    async with _table(server) as connection:
        for strategy, sql in statements.items():
            for situation in _SITUATIONS:
                bills = []
                for _ in range(RUNS):
                    await _prepare(connection, ids, _SEEN_BEFORE[situation])
                    bills.append(await measure(server, sql, ids, [_SEEN] * rows, way=way))
                bills.sort(key=lambda bill: bill.bytes)
                found.append(CaseBill(strategy, situation, rows, bills[RUNS // 2]))
    return found


@contextlib.asynccontextmanager
async def _table(server: Dsn) -> AsyncIterator[Connection]:
    connection = await connect(server, role="target")
    try:
        try:
            await connection.execute(statement("case_table"), doing="making the table of the cases")
        except NotAllowedError as error:
            error.hint = "Grant the role CREATE on the database, or give no target: a server is started for the cases."
            raise
        try:
            yield connection
        finally:
            await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE", doing="dropping the table of the cases")
    finally:
        await connection.close()


async def _prepare(connection: Connection, ids: list[int], seen: int | None) -> None:
    """Fill the table anew, so that no run meets what the one before has left."""
    doing = "preparing a case"
    await connection.execute(f"TRUNCATE {SCHEMA}.{TABLE}", doing=doing)
    if seen is not None:
        await connection.execute(
            f"INSERT INTO {SCHEMA}.{TABLE} SELECT id, $2 FROM unnest($1::int8[]) AS i (id)",  # noqa: S608 - names of ours
            ids,
            seen,
            doing=doing,
        )
    await connection.execute(f"VACUUM (ANALYZE) {SCHEMA}.{TABLE}", doing=doing, is_long=True)
