"""Refuses partitions that a writer cannot make ahead. No I/O."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from pgsluice.catalog.write_targets import WriteTarget
from pgsluice.config.table import Table
from pgsluice.errors import place


def partition_problems(target: WriteTarget, table: Table, columns: AbstractSet[str]) -> list[str]:
    """Say what is against making the partitions of a table from its rows; `columns` are those that rows bring."""
    if table.partitions is None:
        return []
    if target.partition_kind != "r" or len(target.partition_columns) != 1:
        expected = "expected a table that is partitioned by range of one column"
        return [f"{place(target.label)} has declared partitions: {expected}"]
    key = target.partition_columns[0]
    if key not in columns:
        return [f"{place(target.label, key)}: the partition key, which rows do not bring"]
    return []
