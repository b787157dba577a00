"""A whole verification: both sides at one moment each, tables, keys, sequences, objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from pgsluice._core import Originals
from pgsluice.errors import PlanRefusedError
from pgsluice.pipeline.jobs import Jobs
from pgsluice.plan.model import TablePlan
from pgsluice.verification.findings import table_report
from pgsluice.verification.keys import count_dangling, count_doubles, read_references
from pgsluice.verification.objects import missing_objects
from pgsluice.verification.planning import Chosen, Past, choose, read_past, with_parents
from pgsluice.verification.report import (
    ForeignKeyReport,
    ObjectReport,
    SequenceReport,
    SinceReport,
    TableReport,
    UniqueReport,
    VerifyReport,
)
from pgsluice.verification.request import VerifyObserver, VerifyRequest
from pgsluice.verification.sequences import check_sequences
from pgsluice.verification.sides import Side, open_side
from pgsluice.verification.since import look_since
from pgsluice.verification.tables import TablePair, TablesCheck


async def verify_database(request: VerifyRequest, observer: VerifyObserver) -> VerifyReport:
    """Compare a target with its source. Nothing is written on either side.

    Raises PlanRefusedError, ResumeRefusedError, NotAllowedError or ConnectError before the first row. Differences
    are in the report; `raise_if_different` makes an error of them.
    """
    source = await open_side(request.source, "source", request.settings)
    try:
        target = await open_side(request.target, "target", request.settings)
        try:
            return await _Verification(request, observer, source, target).run()
        finally:
            await target.close()
    finally:
        await source.close()


class _Verification:
    def __init__(self, request: VerifyRequest, observer: VerifyObserver, source: Side, target: Side) -> None:
        self._request = request
        self._observer = observer
        self._source = source
        self._target = target

    async def run(self) -> VerifyReport:
        """Compare everything."""
        here, there = self._source.catalog.identity, self._target.catalog.identity
        if (here.system_identifier, here.database_oid) == (there.system_identifier, there.database_oid):
            raise PlanRefusedError("source and target are the same database", hint="Give another target.")
        async with self._target.session() as connection:
            past = await read_past(connection)
        chosen = choose(self._request, self._source.catalog, self._target.catalog, past)
        originals = Originals(self._request.key, self._request.settings.originals_max)
        tables = await self._compare_tables(chosen, past, originals)
        relations = with_parents(chosen.tables, self._source.catalog)
        # What belongs to no table is nobody's where tables were chosen.
        with_free = not self._request.table_patterns
        unique_keys, foreign_keys = await self._count_keys(chosen, relations)
        objects, missing = await self._objects(relations, with_free=with_free)
        return VerifyReport(
            tables=tuple(sorted([*tables, *chosen.others], key=lambda table: table.label)),
            unique_keys=tuple(unique_keys),
            foreign_keys=tuple(foreign_keys),
            sequences=tuple(await self._sequences(chosen, relations, with_free=with_free)),
            objects=objects,
            objects_missing=tuple(missing),
            run_id=past.run.run_id if past.run is not None else None,
            notes=chosen.notes,
            originals_sought=originals.count,
        )

    async def _compare_tables(self, chosen: Chosen, past: Past, originals: Originals) -> list[TableReport]:
        there = self._target.catalog.by_label
        # The largest first: a job that begins it last would end long after the others.
        ordered = sorted(chosen.tables, key=lambda table: -table.relation.size_bytes)
        pairs = [TablePair(table, there[table.label], self._request.key) for table in ordered]
        check = TablesCheck(self._source, self._target, originals, self._request.settings, self._observer)
        await check.run(pairs)
        since: dict[str, SinceReport] = {}
        if chosen.is_copys_plan and past.run is not None and past.has_digests:
            different = [pair for pair in pairs if not pair.is_equal]
            since = await look_since(self._source, self._target, past.run, different, self._request, self._observer)
        may_change = self._request.may_source_change
        return [table_report(pair, since.get(pair.table.label), may_source_change=may_change) for pair in pairs]

    async def _count_keys(
        self, chosen: Chosen, relations: set[int]
    ) -> tuple[list[UniqueReport], list[ForeignKeyReport]]:
        references = await read_references(self._source, relations)
        copied = {table.relation.oid for table in chosen.tables if table.has_rows}
        empty = {
            relation.oid
            for relation in self._source.catalog.relations
            if relation.kind != "p" and relation.oid not in copied
        }
        unique_keys: list[UniqueReport] = []
        foreign_keys: list[ForeignKeyReport] = []

        async def doubles(table: TablePlan) -> None:
            unique_keys.extend(await count_doubles(self._target, table))

        async def dangling(row: Any) -> None:
            foreign_keys.append(await count_dangling(self._source, self._target, row, empty))

        work: list[Callable[[], Awaitable[None]]] = [partial(dangling, row) for row in references]
        work += [partial(doubles, table) for table in chosen.tables]
        self._observer.phase("counting keys", tables=len(work))

        async def told(count: Callable[[], Awaitable[None]]) -> None:
            await count()
            self._observer.table_read()

        await Jobs().run([partial(told, count) for count in work], jobs=self._request.settings.jobs)
        unique_keys.sort(key=lambda key: (key.table, not key.is_primary, key.columns))
        foreign_keys.sort(key=lambda key: (key.table, key.name))
        return unique_keys, foreign_keys

    async def _sequences(self, chosen: Chosen, relations: set[int], *, with_free: bool) -> list[SequenceReport]:
        return await check_sequences(self._source, self._target, chosen.tables, relations, with_free=with_free)

    async def _objects(self, relations: set[int], *, with_free: bool) -> tuple[int | None, list[ObjectReport]]:
        if not self._request.has_objects:
            return None, []
        return await missing_objects(self._source, self._target, relations, with_free=with_free)
