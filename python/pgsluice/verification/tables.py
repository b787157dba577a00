"""Compares tables: the source's rows as the masks give them, then the target's, then a closer look at what differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from pgsluice._core import Differences, Fingerprint, Key, Originals, Program, RawBatch
from pgsluice.catalog.model import Relation
from pgsluice.pipeline.jobs import Jobs
from pgsluice.pipeline.retry import with_retries
from pgsluice.plan.model import TablePlan
from pgsluice.sources.ranges import select_table
from pgsluice.verification.layout import TableComparison, prepare
from pgsluice.verification.request import VerifyObserver, VerifySettings
from pgsluice.verification.sides import Side
from pgsluice.verification.streams import Work, read_table

Hits = list[tuple[int, int]]


class TablePair:
    """One table on both sides, and what is known of it so far."""

    def __init__(self, table: TablePlan, there: Relation, key: Key) -> None:
        self.table = table
        self.comparison: TableComparison = prepare(table, there, key)
        self.expected = Fingerprint(self.comparison.layout)
        self.expected.fold()  # It is read into another one; this one takes no megabyte meanwhile.
        self.found = self.expected
        # Of the target, and of what the masks give where that was looked at.
        self.hits: Hits = []
        self.expected_hits: Hits = []
        # Rows missing, extra and changed, changed in each column, and the share that was counted.
        self.counted: tuple[int, int, int, list[int], float] | None = None
        # Knows the rows that were counted, by their hashes.
        self.differences: Differences | None = None

    @property
    def is_equal(self) -> bool:
        """Whether both sides hold the same rows."""
        return self.expected.is_equal(self.found)


class TablesCheck:
    """Compares all tables, several at once. A table whose connection breaks is read again from its beginning."""

    def __init__(
        self, source: Side, target: Side, originals: Originals, settings: VerifySettings, observer: VerifyObserver
    ) -> None:
        self._source = source
        self._target = target
        self._originals = originals
        self._settings = settings
        self._observer = observer

    async def run(self, pairs: list[TablePair]) -> None:
        """Read both sides of every table. Raises the first SluiceError that trying again did not mend."""
        await self._each("reading the source", pairs, self._read_source)
        await self._each("reading the target", pairs, self._read_target)
        different = [pair for pair in pairs if not pair.is_equal]
        await self._each("counting what differs", different, self._count)
        for part in range(1, self._originals.parts):
            self._observer.event("originals", part=part + 1, parts=self._originals.parts)
            self._originals.begin_part(part)
            await self._each("reading the source", pairs, self._collect)
            await self._each("reading the target", pairs, self._search)
            await self._each("counting what differs", different, self._search_expected)

    async def _each(self, phase: str, pairs: list[TablePair], work: Callable[[TablePair], Awaitable[None]]) -> None:
        if not pairs:
            return
        self._observer.phase(phase, tables=len(pairs))

        async def do(pair: TablePair) -> None:
            await with_retries(partial(work, pair), self._settings.retry, partial(self._tell_retry, pair))
            self._observer.table_read()

        await Jobs().run([partial(do, pair) for pair in pairs], jobs=self._settings.jobs)

    def _tell_retry(self, pair: TablePair, attempt: int, error: BaseException) -> None:
        sqlstate = getattr(error, "sqlstate", "")
        self._observer.event("retry", table=pair.table.label, attempt=attempt, sqlstate=sqlstate)

    async def _read_source(self, pair: TablePair) -> None:
        program, layout, originals = pair.comparison.program, pair.comparison.layout, self._originals
        expected = Fingerprint(layout)

        def work(raw: RawBatch) -> None:
            originals.collect(layout, raw)
            expected.add_expected(program, raw)

        await self._source_rows(pair, work)
        expected.fold()
        pair.expected = expected

    async def _read_target(self, pair: TablePair) -> None:
        found = pair.expected.other_side()
        await self._target_rows(pair, lambda raw: found.add_found(raw, self._originals))
        pair.found, pair.hits = found, found.hits

    async def _count(self, pair: TablePair) -> None:
        """Read both sides again: count the rows that differ, and what the masks give of originals by themselves."""
        program = pair.comparison.program
        differences = Differences(pair.expected, pair.found, self._settings.differences_bytes)
        expected = pair.expected.other_side()

        def work(raw: RawBatch) -> None:
            differences.add_expected(program, raw)
            expected.search_expected(program, raw, self._originals)

        await self._source_rows(pair, work)
        await self._target_rows(pair, differences.add_found)
        pair.counted, pair.expected_hits = differences.count(), expected.hits
        pair.differences = differences

    async def _collect(self, pair: TablePair) -> None:
        await self._source_rows(pair, partial(self._originals.collect, pair.comparison.layout))

    async def _search(self, pair: TablePair) -> None:
        found = pair.expected.other_side()
        await self._target_rows(pair, lambda raw: found.search_found(raw, self._originals))
        pair.hits = _sum(pair.hits, found.hits)

    async def _search_expected(self, pair: TablePair) -> None:
        expected, program = pair.expected.other_side(), pair.comparison.program
        await self._source_rows(pair, lambda raw: expected.search_expected(program, raw, self._originals))
        pair.expected_hits = _sum(pair.expected_hits, expected.hits)

    async def _source_rows(self, pair: TablePair, work: Work) -> None:
        comparison = pair.comparison
        if pair.table.has_rows:  # Else the rules leave all rows out, so none is expected.
            asked = comparison.source
            query = select_table(asked.schema, asked.name, asked.fields)
            await self._rows(self._source, pair, query, comparison.program, work)

    async def _target_rows(self, pair: TablePair, work: Work) -> None:
        comparison = pair.comparison
        await self._rows(self._target, pair, comparison.target_sql, comparison.target_program, work)

    async def _rows(self, side: Side, pair: TablePair, query: str, program: Program, work: Work) -> None:
        await read_table(
            side,
            pair.table.label,
            query,
            program,
            work,
            batch_bytes=self._settings.batch_bytes,
            observer=self._observer,
        )


def _sum(hits: Hits, more: Hits) -> Hits:
    return [(whole + other, inside + others) for (whole, inside), (other, others) in zip(hits, more, strict=True)]
