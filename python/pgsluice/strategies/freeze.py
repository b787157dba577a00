"""Empties a table that is empty, so that COPY may write its rows frozen: they need no VACUUM then, now or ever."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError
from pgsluice.strategies.copy_in import TargetTable

# Emptying makes the table's files anew, 3.5 ms of CPU; VACUUM of an unfrozen table begins at 1.5 ms and writes 30 kB
# more WAL. Both ways cost the same at 256 KiB of rows, and freezing less at 512 (server 18, 10 to 40,000 rows, 2026).
FREEZE_BYTES_MIN = 256 * 1024

_LOCK_NOT_AVAILABLE = "55P03"


@cache
def _may_freeze() -> str:
    return files("pgsluice.strategies").joinpath("may_freeze.sql").read_text(encoding="utf-8")


async def empty_to_freeze(connection: Connection, target: TargetTable) -> bool:
    """Empty the table in the open transaction, if COPY may freeze then; tell whether it may.

    Somebody else's rows are left alone, and nobody who reads the table is waited for: then the answer is no.
    """
    name = qualified(target.schema, target.name)
    doing = f'preparing table "{target.label}"'
    if not await connection.fetch_value(_may_freeze(), name, doing=doing):
        return False
    try:
        await connection.execute(f"LOCK TABLE ONLY {name} IN ACCESS EXCLUSIVE MODE NOWAIT", doing=doing)
    except ServerError as error:
        if error.sqlstate != _LOCK_NOT_AVAILABLE:
            raise
        is_locked = False
    else:
        is_locked = True
    if not is_locked:  # It ended the transaction; the batch goes in as any other.
        await connection.rollback()
        await connection.execute("BEGIN", doing="BEGIN")
        return False
    found = await connection.fetch_value(f"SELECT EXISTS (SELECT 1 FROM ONLY {name})", doing=doing)
    if not found:
        await connection.execute(f"TRUNCATE ONLY {name}", doing=doing)
    return not found
