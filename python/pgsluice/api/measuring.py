"""Measures what SQL writes to the write-ahead log."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.driver import Dsn
from pgsluice.strategies.wal_cases import case_statements
from pgsluice.wal.bill import WalBill
from pgsluice.wal.cases import ROWS as CASE_ROWS
from pgsluice.wal.cases import CaseBill, measure_cases
from pgsluice.wal.measuring import measure
from pgsluice.wal.records import Way


async def wal(
    target: Dsn,
    sql: str,
    *,
    arguments: Sequence[object] = (),
    way: Way = "auto",
    has_checkpoint: bool = False,
    has_transaction: bool = True,
    is_rolled_back: bool = False,
) -> WalBill:
    """Execute SQL, commit it, and give what it wrote to the write-ahead log, record by record.

    Records are told from other sessions' by the transaction's id where pg_walinspect is there or can be made for a
    moment (version 15, superuser); elsewhere the bill is how far the server's log grew, and says so. With `way`
    "records" that is an error. `pgsluice.wal.measure` takes functions too, `pgsluice.wal.measuring` any block.
    """
    return await measure(
        target,
        sql,
        *arguments,
        way=way,
        has_checkpoint=has_checkpoint,
        has_transaction=has_transaction,
        is_rolled_back=is_rolled_back,
    )


async def wal_cases(target: Dsn, *, rows: int = CASE_ROWS, way: Way = "auto") -> list[CaseBill]:
    """Give what upserts of absent, stale and fresh rows write to the log, by strategy.

    They are measured on a table of their own, which is made on the target and dropped again.
    """
    return await measure_cases(target, case_statements(), rows=rows, way=way)
