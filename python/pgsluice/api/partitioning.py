"""Makes and detaches the partitions of a table."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.config.partitions import Partitions
from pgsluice.driver import Dsn, connect
from pgsluice.pipeline.partitioning import (
    DetachReport,
    EnsureReport,
    detach_tables_partitions,
    ensure_tables_partitions,
)
from pgsluice.plan.partition_advice import Query


async def ensure_partitions(
    target: Dsn,
    table: str,
    declaration: Partitions,
    *,
    between: tuple[object, object] | None = None,
    is_draining: bool = False,
    is_dry_run: bool = False,
    conflict_columns: Sequence[str] = (),
    queries: Sequence[Query] = (),
) -> EnsureReport:
    """Make the partitions of `schema.table` that are missing now and ahead, and those of the keys `between` two.

    `is_draining` moves the rows of a default partition into partitions of their own. The report warns where a conflict
    key or a query does not fit the partition key. A dry run gives what would be made.
    """
    connection = await connect(target, role="target")
    try:
        return await ensure_tables_partitions(
            connection,
            table,
            declaration,
            between=between,
            is_draining=is_draining,
            is_dry_run=is_dry_run,
            conflict_columns=conflict_columns,
            queries=queries,
        )
    finally:
        await connection.close()


async def detach_partitions(
    target: Dsn, table: str, declaration: Partitions, *, is_dry_run: bool = False
) -> DetachReport:
    """Detach the partitions of `schema.table` that are wholly past what the declaration keeps; leave them as tables.

    Nothing is dropped. A dry run gives what would be detached.
    """
    connection = await connect(target, role="target")
    try:
        return await detach_tables_partitions(connection, table, declaration, is_dry_run=is_dry_run)
    finally:
        await connection.close()
