"""Tells what changed on the source since the copy: ranges whose rows have another digest than when they were copied."""

from __future__ import annotations

import asyncio
import json
from functools import partial

from pgsluice._core import Key, Program, RawBatch, Splitter
from pgsluice.driver import Connection
from pgsluice.pipeline.jobs import Jobs
from pgsluice.plan.model import TablePlan
from pgsluice.sources.copy_out import read_by_copy
from pgsluice.sources.model import KeyRange, SourceTable
from pgsluice.state.checkpoints import read_checkpoints
from pgsluice.state.ranges import CopiedRange, copied_ranges
from pgsluice.state.runs import Run
from pgsluice.state.slices import read_slices
from pgsluice.verification.report import SinceReport
from pgsluice.verification.request import VerifyObserver, VerifyRequest
from pgsluice.verification.sides import Side
from pgsluice.verification.tables import TablePair


async def look_since(
    source: Side, target: Side, run: Run, pairs: list[TablePair], request: VerifyRequest, observer: VerifyObserver
) -> dict[str, SinceReport]:
    """Look what changed on the source since the run, in those tables that have rows and a key to find them by."""
    found: dict[str, SinceReport] = {}
    keyed = [pair for pair in pairs if pair.table.source.key.kind != "ctid" and pair.table.has_rows]
    if not keyed:
        return found
    observer.phase("looking what changed since", tables=len(keyed))
    async with target.session() as connection:
        slices = await read_slices(connection, run.run_id)

    async def look(pair: TablePair) -> None:
        table = pair.table
        async with target.session() as connection:
            stored = await read_checkpoints(connection, run.run_id, table=(table.target_schema, table.target_table))
        of_table = (stored.get(table.label, []), slices.get(table.label, []))
        ranges = copied_ranges(request.key, run.run_id, table.label, *of_table)
        if ranges is not None:
            found[table.label] = await _changed_since(source, pair, ranges, request.key)
        observer.table_read()

    await Jobs().run([partial(look, pair) for pair in keyed], jobs=request.settings.jobs)
    return found


async def _changed_since(source: Side, pair: TablePair, ranges: list[CopiedRange], key: Key) -> SinceReport:
    """Read the source range by range; count the ranges that changed, and rows that differ in those that did not.

    Memory is that of a batch of the copy. Rows of the target alone have no place in the source's key, so nothing is
    said of them but whether the target has as many rows as were copied.
    """
    table = pair.table
    program = _digest_program(table, key)
    changed = elsewhere = 0
    # Values of the key's types come as bytes from here on, counts too.
    async with source.session(is_kept=False) as connection:
        await connection.name_binary_types(table.source.key.types)
        for item in ranges:
            rows = KeyRange(after=item.after, until=item.until)
            # One more than there were is enough to see that there are more.
            raw = await _read(connection, table.source, program, rows, item.row_count + 1)
            if raw.rows != item.row_count or (raw.rows and await _digest(program, raw, key) != item.digest):
                changed += 1
            elif raw.rows and pair.differences is not None:
                masking, asked = pair.comparison.program, pair.comparison.source
                if asked.fields != table.source.fields:
                    raw = await _read(connection, asked, masking, rows, item.row_count)
                elsewhere += await asyncio.to_thread(pair.differences.different_in, masking, raw)
    share = pair.counted[4] if pair.counted else 1.0
    return SinceReport(
        ranges=len(ranges),
        ranges_changed=changed,
        rows_elsewhere=round(elsewhere / share),
        rows_copied=sum(item.row_count for item in ranges),
    )


def _digest_program(table: TablePlan, key: Key) -> Program:
    """A digest is of the source's fields as they came, whatever the masks do."""
    columns = [
        {
            "name": field.column,
            "type": {"display": "bytes", "name": "bytes"},
            "is_nullable": True,
            "is_unique": False,
            "rule": {"mask": "keep", "domain": "", "parameters": {}},
        }
        for field in table.source.fields
    ]
    return Program(json.dumps({"table": table.label, "format": "binary", "columns": columns}), key, {})


async def _read(
    connection: Connection, table: SourceTable, program: Program, rows: KeyRange, row_limit: int
) -> RawBatch:
    splitter = Splitter(program)

    async def sink(chunk: bytes) -> None:
        splitter.push(chunk)

    try:
        await read_by_copy(connection, table, rows, row_limit, sink)
        return splitter.finish()
    finally:
        splitter.discard()


async def _digest(program: Program, raw: RawBatch, key: Key) -> bytes:
    batch = await asyncio.to_thread(program.run, raw)
    return batch.sealed_digest(key)
