"""Gives loaded tables what autovacuum would give them hours later: the visibility map, hint bits and statistics."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ConnectionLostError, SluiceError

# Who holds a table for longer keeps it from being vacuumed, and is not waited for; autovacuum gives way after a second.
LOCK_TIMEOUT_MS = 10_000
# VACUUM of a table makes two more files and 30 kB of WAL, 1.6 ms of CPU for ten rows and hint bits of one page; what is
# smaller is analysed only, which takes a tenth of that.
VACUUM_BYTES_MIN = 256 * 1024
# Of small tables so many go into one statement: the round trip, and what VACUUM does once a statement, cost more.
SMALL_BYTES = 1024 * 1024
SMALL_TABLES_MAX = 50


@dataclass(frozen=True)
class _Table:
    """A row of vacuum_rights.sql, and the table's size."""

    oid: int
    schema: str
    name: str
    is_partitioned: bool
    root_oid: int | None  # None where it has nothing to do with partitions
    may_vacuum: bool
    size_bytes: int

    @property
    def label(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class _Work:
    """One statement over some tables."""

    verb: str
    tables: tuple[_Table, ...]
    is_only: bool
    # What is to be done where this cannot be, for the tables that it stands for.
    otherwise: tuple[_Work, ...] = ()

    @property
    def sql(self) -> str:
        only = "ONLY " if self.is_only else ""
        return f"{self.verb} {', '.join(only + qualified(table.schema, table.name) for table in self.tables)}"

    def one_by_one(self) -> list[_Work]:
        return [replace(self, tables=(table,)) for table in self.tables]


async def vacuum_tables(
    take: Callable[[], Awaitable[Connection]], sizes: Mapping[tuple[str, str], int], *, jobs: int
) -> list[str]:
    """Vacuum and analyse tables (schema, name), the largest first, in `jobs` sessions; give notes on what was not.

    The partitioned tables above them get statistics too, which autovacuum never gathers for them.
    """
    first = await take()
    try:
        major = first.server_version
        schemas, names = [schema for schema, _ in sizes], [name for _, name in sizes]
        rows = await first.fetch(statement("vacuum_rights"), schemas, names, doing="reading the rights to vacuum")
    finally:
        await first.close()
    # The server is not asked for sizes: it would wait for whoever holds one of the tables.
    found = [_Table(**dict(row), size_bytes=sizes.get((row["schema"], row["name"]), 0)) for row in rows]
    allowed = [table for table in found if table.may_vacuum]
    failed: list[str] = []
    # VACUUM calls no row visible to all before its commit is on the disk, and clog knows that for 32 transactions at
    # once: a commit that does not wait, by an ANALYZE or by a VACUUM that cuts a file, would spoil the tables beside.
    for works, is_durable in ((_vacuums(allowed, major), True), (_analyzes(allowed, major), False)):
        failed += await _run(take, deque(works), jobs, is_durable=is_durable)
    notes = []
    denied = [table.label for table in found if not table.may_vacuum]
    if denied:
        right = "MAINTAIN" if major >= 17 else "ownership"
        notes.append(f"tables that were not vacuumed and analysed for want of rights ({right}): {', '.join(denied)}")
    if failed:
        notes.append(f"tables that could not be vacuumed and analysed: {', '.join(dict.fromkeys(failed))}")
    return notes


def _vacuums(tables: Sequence[_Table], major: int) -> list[_Work]:
    # The database's own figures need no update after each of a thousand tables.
    verb = "VACUUM (SKIP_DATABASE_STATS)" if major >= 16 else "VACUUM"
    large = [table for table in tables if table.size_bytes >= VACUUM_BYTES_MIN]
    return _grouped(verb, [table for table in large if not table.is_partitioned], major)


def _analyzes(tables: Sequence[_Table], major: int) -> list[_Work]:
    """Statistics of every table, and over all partitions on every level."""
    if major >= 18:
        return _grouped("ANALYZE", tables, major)
    # There ANALYZE of a partitioned table is one of each partition too.
    roots = {table.oid for table in tables if table.is_partitioned and table.root_oid == table.oid}
    whole = [
        # Where a partition is a foreign table that cannot be reached, the others get their statistics one by one.
        replace(work, otherwise=tuple(_grouped("ANALYZE", _leaves(tables, work.tables[0]), major)))
        for work in (_Work("ANALYZE", (table,), is_only=False) for table in tables if table.oid in roots)
    ]
    return whole + _grouped("ANALYZE", [table for table in tables if table.root_oid not in roots], major)


def _leaves(tables: Sequence[_Table], root: _Table) -> list[_Table]:
    return [table for table in tables if table.root_oid == root.oid and not table.is_partitioned]


def _grouped(verb: str, tables: Sequence[_Table], major: int) -> list[_Work]:
    # From version 18 on a table stands for those that inherit from it, too.
    is_only = major >= 18
    large = [_Work(verb, (table,), is_only) for table in tables if table.size_bytes > SMALL_BYTES]
    small = tuple(table for table in tables if table.size_bytes <= SMALL_BYTES)
    return large + [
        _Work(verb, small[start : start + SMALL_TABLES_MAX], is_only)
        for start in range(0, len(small), SMALL_TABLES_MAX)
    ]


async def _run(
    take: Callable[[], Awaitable[Connection]], works: deque[_Work], jobs: int, *, is_durable: bool
) -> list[str]:
    """Do the works in so many sessions; give the tables that did not go, each with its SQLSTATE."""
    failed: list[str] = []

    async def worker() -> None:
        connection = await take()
        try:
            await connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}", doing="changing settings")
            if is_durable:
                await connection.execute("SET synchronous_commit = on", doing="changing settings")
            while works:
                work = works.popleft()
                try:
                    await connection.execute(work.sql, doing="vacuuming tables", is_long=True)
                except ConnectionLostError:
                    raise
                except SluiceError as error:
                    if len(work.tables) > 1:
                        works.extendleft(reversed(work.one_by_one()))
                    else:
                        failed.append(f"{work.tables[0].label} ({getattr(error, 'sqlstate', error.code)})")
                        works.extendleft(reversed(work.otherwise))
        finally:
            await connection.close()

    failure: SluiceError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(jobs, len(works))):
                group.create_task(worker())
    except* SluiceError as failures:
        failure = next(error for error in failures.exceptions if isinstance(error, SluiceError))
    if failure is not None:
        raise failure
    return failed
