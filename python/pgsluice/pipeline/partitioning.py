"""Puts together what the verb `partitions` tells: what was made or detached, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.config.partitions import Partitions
from pgsluice.config.table_names import parse_table_name
from pgsluice.driver import Connection
from pgsluice.partitions.detach import detach
from pgsluice.partitions.ensure import ensure
from pgsluice.partitions.make import Made
from pgsluice.partitions.read import read_unique_keys
from pgsluice.plan.partition_advice import Query, advise
from pgsluice.plan.warning import PlanWarning


@dataclass(frozen=True)
class EnsureReport:
    """What `ensure_partitions` made, or would make, and what it warns of."""

    label: str
    is_dry_run: bool
    made: tuple[Made, ...]
    advice: tuple[PlanWarning, ...]


@dataclass(frozen=True)
class DetachReport:
    """The names of the partitions that are tables of their own now, or would be."""

    label: str
    is_dry_run: bool
    detached: tuple[str, ...]


async def ensure_tables_partitions(
    connection: Connection,
    table: str,
    declaration: Partitions,
    *,
    between: tuple[object, object] | None,
    is_draining: bool,
    is_dry_run: bool,
    conflict_columns: Sequence[str],
    queries: Sequence[Query],
) -> EnsureReport:
    """Make what is missing and say what does not fit."""
    schema, name = parse_table_name(table)
    ensured = await ensure(
        connection, schema, name, declaration, between=between, is_draining=is_draining, is_dry_run=is_dry_run
    )
    unique_keys, has_primary_key = await read_unique_keys(connection, ensured.table)
    advice = advise(
        ensured.table.label,
        ensured.table.key,
        unique_keys=unique_keys,
        has_primary_key=has_primary_key,
        conflict_columns=conflict_columns,
        queries=queries,
    )
    return EnsureReport(ensured.table.label, is_dry_run, ensured.made, advice)


async def detach_tables_partitions(
    connection: Connection, table: str, declaration: Partitions, *, is_dry_run: bool
) -> DetachReport:
    """Detach what is past its keep."""
    schema, name = parse_table_name(table)
    detached = await detach(connection, schema, name, declaration, is_dry_run=is_dry_run)
    return DetachReport(detached.table.label, is_dry_run, tuple(found.label for found in detached.partitions))
