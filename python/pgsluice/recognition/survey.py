"""Reads a source and proposes: a few tables at a time, each forgotten when it was judged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.catalog.model import Catalog
from pgsluice.catalog.read import read_catalog
from pgsluice.config.rules import Rules
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import ConnectError, NotConnectedError, SluiceError
from pgsluice.recognition.facts import read_facts
from pgsluice.recognition.propose import Listed, Proposer, Scope, TableProposals
from pgsluice.recognition.samples import PARTITIONS, ROWS, Sample, prepare, read_sample
from pgsluice.recognition.watching import Watcher

# Sessions that read samples; the time goes into judging, so more would wait for that.
CONNECTIONS = 3
NOTHING_LISTED = Listed()
CATALOG_LOCK_TIMEOUT_MS = 10_000


@dataclass(frozen=True)
class Survey:
    """What was found in a source."""

    catalog: Catalog
    tables: tuple[TableProposals, ...]
    # Labels that several tables share, so that no rule can name one of them.
    namesakes: tuple[str, ...]
    # Columns that were listed as a person's to decide, and still have no rule.
    still_open_count: int


async def survey(
    source: Dsn,
    rules: Rules,
    watcher: Watcher,
    *,
    patterns: Sequence[str] = (),
    listed: Listed = NOTHING_LISTED,
    rows: int = ROWS,
) -> Survey:
    """Propose a rule for every column that has none and is not `listed`; `rows` of 0 looks at no value."""
    first = await connect(source, role="source")
    connections = [first]
    try:
        # The size of a table can only be read behind its lock.
        await first.execute(f"SET lock_timeout = {CATALOG_LOCK_TIMEOUT_MS}", doing="preparing to read the catalog")
        catalog = await read_catalog(first)
        scope = Scope(catalog, rules, patterns, listed)
        proposer = Proposer(scope, await read_facts(first, scope.tables))
        if rows and scope.tables:
            connections += await _more(source, min(CONNECTIONS, len(scope.tables)) - 1)
            for connection in connections:
                await prepare(connection)
        await _look(scope, proposer, connections, watcher, rows)
    finally:
        for connection in connections:
            await connection.close()
    return Survey(catalog, proposer.finish(), tuple(scope.namesakes), scope.still_open_count)


async def _more(source: Dsn, count: int) -> list[Connection]:
    """Open further sessions, as many as the server lets us have."""
    found: list[Connection] = []
    for _ in range(count):
        try:
            found.append(await connect(source, role="source"))
        except (ConnectError, NotConnectedError):
            break
    return found


async def _look(
    scope: Scope, proposer: Proposer, connections: Sequence[Connection], watcher: Watcher, rows: int
) -> None:
    """Let each session take the next table, until there is none."""
    tables = scope.tables
    waiting = iter(tables)
    done = 0

    async def work(connection: Connection) -> None:
        nonlocal done
        for relation in waiting:
            leaves = scope.leaves_of(relation)[:PARTITIONS]
            sample = await read_sample(connection, leaves, rows) if rows and leaves else Sample()
            proposer.take(relation, sample)
            done += 1
            watcher.looked_at(relation, sample, done, len(tables))

    try:
        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(work(connection))
    except* SluiceError as failures:
        failure = failures.exceptions[0]
    else:
        return
    # The first one; the sessions that it stopped are of no interest.
    raise failure
