"""Asks a server for a partitioned table, in one statement whatever the number of its partitions. Changes nothing."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, cast, get_args

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.errors import in_quotes
from pgsluice.partitions.model import Partition, Partitioned, PartmanConfig
from pgsluice.partitions.periods import KeyType
from pgsluice.partitions.refusal import PartitionsError, of_table

_TYPES = get_args(KeyType)
_STRATEGIES = {"l": "LIST", "h": "HASH", "r": "RANGE"}
_RECUT = "Partitions can be made ahead where the table is PARTITION BY RANGE of one column."


@cache
def statement(name: str) -> str:
    """The text of one of the .sql files beside this module."""
    return files("pgsluice.partitions").joinpath(f"{name}.sql").read_text(encoding="utf-8")


async def read_partitioned(connection: Connection, schema: str, name: str) -> Partitioned:
    """Ask for a table's key and partitions.

    Raises PartitionsError where there is no such table, or where it is not cut by ranges of one column.
    """
    rows = await connection.fetch(statement("partitioned"), schema, name, doing=f"reading {of_table(schema, name)}")
    if not rows:
        raise PartitionsError(f"cannot find {of_table(schema, name)}", hint="Give its name as schema.table.")
    row = rows[0]
    _check(row, of_table(schema, name))
    found = [_partition(row) for row in rows if row["part_name"] is not None]
    ranges = [partition for partition, is_default in found if not is_default]
    return Partitioned(
        oid=row["oid"],
        schema=schema,
        name=name,
        key=row["key_name"],
        key_type=cast(KeyType, row["key_type"]),
        owner=row["owner"],
        is_owner=row["is_owner"],
        is_unlogged=row["persistence"] == "u",
        replica_identity=row["replica_identity"],
        tablespace=row["tablespace"],
        access_method=row["access_method"],
        now=_place(row["now_epoch"], 1_000_000) or 0,
        referenced_by=tuple(row["referenced_by"]),
        partman=await _partman(connection, row["partman"], schema, name),
        partitions=tuple(sorted(ranges, key=lambda found: float("-inf") if found.lower is None else found.lower)),
        default=next((partition for partition, is_default in found if is_default), None),
    )


async def read_highest(connection: Connection, table: Partitioned) -> int | None:
    """Give the place of the highest key that is a number, by asking the last partitions first; None of an empty table.

    A table of many empty partitions ahead costs one statement for each of them.
    """
    found = []
    if table.default is not None:
        found.append(await _highest_of(connection, table, table.default))
    for partition in reversed(table.partitions):
        found.append(await _highest_of(connection, table, partition))
        if found[-1] is not None:
            break
    return max((place for place in found if place is not None), default=None)


async def _highest_of(connection: Connection, table: Partitioned, partition: Partition) -> int | None:
    sql = f"SELECT max({quoted(table.key)}) FROM {qualified(partition.schema, partition.name)}"  # noqa: S608 - quoted names
    return cast("int | None", await connection.fetch_value(sql, doing=f"looking for the highest key of {table}"))


def _check(row: Any, label: str) -> None:
    strategy = row["strategy"]
    if row["kind"] != "p":
        raise PartitionsError(f"{label} is not partitioned", hint=_RECUT)
    if strategy != "r":
        raise PartitionsError(
            f"{label} is partitioned by {_STRATEGIES.get(strategy, strategy)}, not by RANGE", hint=_RECUT
        )
    if row["key_count"] != 1:
        raise PartitionsError(f"{label} is partitioned by {row['key_count']} columns, expected 1", hint=_RECUT)
    if row["key_name"] is None:
        raise PartitionsError(f"{label} is partitioned by an expression, expected a column", hint=_RECUT)
    if not row["is_iso"]:
        # Other styles write the zone by its abbreviation, and IST is read as another zone than it was written for.
        raise PartitionsError(f"cannot read the bounds of {label} in a session whose datestyle is not ISO")
    if row["key_type"] not in _TYPES:
        raise PartitionsError(
            f"{label} is partitioned by column {in_quotes(row['key_name'])} of another type than {', '.join(_TYPES)}"
        )


def _partition(row: Any) -> tuple[Partition, bool]:
    scale = 1_000_000 if row["key_type"] in {"date", "timestamp", "timestamptz"} else 1
    partition = Partition(
        schema=row["part_schema"],
        name=row["part_name"],
        kind=row["part_kind"],
        lower=_place(row["lower"], scale),
        upper=_place(row["upper"], scale),
        is_detaching=row["is_detaching"],
    )
    return partition, row["is_default"]


def _place(text: str | None, scale: int) -> int | None:
    """Give a bound's place; None where it is open or infinite, which for what we make is the same."""
    if text is None or text in {"MINVALUE", "MAXVALUE", "Infinity", "-Infinity"}:
        return None
    return int(Decimal(text) * scale)


async def _partman(connection: Connection, extension: str | None, schema: str, name: str) -> PartmanConfig | None:
    if extension is None:
        return None
    sql = f"SELECT partition_interval::text FROM {quoted(extension)}.part_config WHERE parent_table = $1"  # noqa: S608 - quoted name
    # Its own form of a name: without quotes.
    interval = await connection.fetch_value(sql, f"{schema}.{name}", doing="reading pg_partman's configuration")
    return None if interval is None else PartmanConfig(extension, interval)


async def read_unique_keys(connection: Connection, table: Partitioned) -> tuple[list[tuple[str, ...]], bool]:
    """Ask for the columns of the unique indexes, and whether one is the primary key."""
    rows = await connection.fetch(statement("keys"), table.oid, doing=f"reading the keys of {table}")
    return [tuple(row["columns"]) for row in rows], any(row["is_primary"] for row in rows)
