"""Writes a verification's report for people: one line a table, more where something differs."""

from __future__ import annotations

from collections.abc import Iterator

from pgsluice.api import VerifyReport
from pgsluice.errors import in_quotes
from pgsluice.verification.report import (
    ColumnReport,
    ForeignKeyReport,
    OriginalsReport,
    SinceReport,
    TableReport,
)

_LABEL_WIDTHS = (20, 60)
# What stands beside the label in a table's line.
_FIGURES_WIDTH = 49
_STATES = {"different": "DIFFERENT", "structure only": "structure", "source changed": "changed"}
_HEAD_WIDTH = 14


def lines_of(report: VerifyReport, *, width: int, with_columns: bool) -> Iterator[str]:
    """Give the lines of a report for a screen of `width` characters; `with_columns` says what of every column."""
    least, most = _LABEL_WIDTHS
    longest = max((len(table.label) for table in report.tables), default=0)
    label_width = min(longest, most, max(least, width - _FIGURES_WIDTH))
    for table in report.tables:
        yield from _table(table, label_width, with_columns=with_columns)
    yield from _unique_keys(report)
    yield from _foreign_keys(report)
    yield from _sequences(report)
    yield from _objects(report)
    yield from _masked(report)
    yield from _originals(report, with_columns=with_columns)


def _table(table: TableReport, label_width: int, *, with_columns: bool) -> Iterator[str]:
    head = f"{_STATES.get(table.state, table.state):9}  {table.label:{label_width}}"
    if table.reason is not None:
        yield f"{head}  {table.reason}"
        return
    yield f"{head}  {table.rows_target:>11,} rows {table.kept:>4} kept {table.masked:>4} masked"
    if table.state in {"different", "source changed"}:
        yield from (f"  {line}" for line in _differences(table))
    if with_columns:
        width = min(max((len(column.name) for column in table.columns), default=0), _LABEL_WIDTHS[0] + 10)
        yield from (f"  {_column(column, width)}" for column in table.columns)


def _differences(table: TableReport) -> Iterator[str]:
    about = "about " if table.is_estimate else ""
    if table.rows_source != table.rows_target:
        yield f"the source has {_count(table.rows_source, 'row')}, the target {table.rows_target:,}"
    if table.rows_missing:
        yield f"{about}{_count(table.rows_missing, 'row')} of the source not on the target"
    if table.rows_extra:
        yield f"{about}{_count(table.rows_extra, 'row')} of the target not on the source"
    if not table.has_key and (table.rows_missing or table.rows_extra):
        yield "no key tells rows apart: a row that differs counts on both sides"
    for column in table.columns:
        if column.state in {"missing", "different"}:
            yield f"column {in_quotes(column.name)} {_is_not(column, about)}"
    for item in table.originals:
        if item.unexpected:
            yield f"column {in_quotes(item.column)} holds {_count(item.unexpected, 'original')} of masked columns"
    if table.since is not None:
        yield _since(table, table.since, about)


def _since(table: TableReport, since: SinceReport, about: str) -> str:
    if not since.ranges_changed:
        return "the source has not changed since the copy"
    line = f"the source changed since the copy in {since.ranges_changed:,} of {_count(since.ranges, 'range')}"
    if table.may_be_the_source:
        return f"{line}; all that differs may come from that"
    if since.rows_elsewhere:
        return f"{line}; {about}{_count(since.rows_elsewhere, 'row')} that differ lie in others"
    return f"{line}; the copy brought {_count(since.rows_copied, 'row')}"


def _is_not(column: ColumnReport, about: str) -> str:
    if column.state == "missing":
        return "is not on the target"
    what = "the source has" if column.mask == "keep" else f'mask "{column.mask}" gives'
    if column.rows_changed:
        return f"is not what {what} in {about}{_count(column.rows_changed, 'row')}"
    return f"holds other values than {what}"


def _column(column: ColumnReport, width: int) -> str:
    line = f"{column.name:{width}}  {column.mask:13}  {column.state}"
    if column.reason is not None:
        return f"{line}: {column.reason}"
    if column.mask != "keep" and column.originals:
        changed = column.originals - column.unchanged
        line += f", {changed:,} of {column.originals:,} values changed"
    return line + (f", {column.nulls_expected:,} NULL" if column.nulls_expected else "")


def _unique_keys(report: VerifyReport) -> Iterator[str]:
    keys = report.unique_keys
    held = sum(key.is_enforced for key in keys)
    counted = f", {len(keys) - held:,} counted" if held < len(keys) else ""
    yield _head("unique keys", f"{len(keys):,}: {held:,} held by the target's indexes{counted}")
    for key in keys:
        if key.duplicates:
            columns = ", ".join(key.columns)
            yield f"  {key.table} ({columns}): {_count(key.duplicates, 'key')} more than once, and no index"


def _foreign_keys(report: VerifyReport) -> Iterator[str]:
    keys = report.foreign_keys
    counted = [key for key in keys if key.dangling is not None]
    wrong = [key for key in keys if key.is_different]
    yield _head("foreign keys", f"{len(counted):,} counted, {len(wrong):,} with rows that refer to none")
    for key in keys:
        if key.reason is not None:
            yield f"  {_key(key)}: not counted, {key.reason}"
        elif key.is_different:
            yield f"  {_key(key)}: {_count(key.dangling or 0, 'row')} without the row of {key.referenced} they refer to"
        elif key.dangling:
            yield f"  {_key(key)}: {_count(key.dangling, 'row')} refer to none, {key.dangling_source:,} on the source"


def _key(key: ForeignKeyReport) -> str:
    return f"{key.table} {in_quotes(key.name)}"


def _sequences(report: VerifyReport) -> Iterator[str]:
    wrong = [sequence for sequence in report.sequences if sequence.state != "ok"]
    fine = len(report.sequences) - len(wrong)
    yield _head("sequences", f"{fine:,} of {len(report.sequences):,} stand where they must")
    words = {"missing": "not on the target", "not readable": "not compared, the role may not read it on both sides"}
    for sequence in wrong:
        yield f"  {sequence.name}: {words.get(sequence.state, f'behind {sequence.behind}')}"


def _objects(report: VerifyReport) -> Iterator[str]:
    if report.objects is None:
        yield _head("objects", "not looked for")
        return
    there = report.objects - len(report.objects_missing)
    yield _head("objects", f"{there:,} of {report.objects:,} are there by name")
    for item in report.objects_missing:
        of = f" of {item.table}" if item.table else ""
        yield f"  missing: {item.kind} {item.name}{of}"


def _masked(report: VerifyReport) -> Iterator[str]:
    columns = [(table.label, column) for table in report.tables for column in table.columns if column.originals]
    originals = sum(column.originals for _, column in columns)
    changed = originals - sum(column.unchanged for _, column in columns)
    share = f" ({100 * changed / originals:.2f} %)" if originals else ""
    yield _head("masked values", f"{changed:,} of {originals:,} differ from their original{share}")
    for label, column in columns:
        if column.unchanged == column.originals:
            yield f"  {label}.{column.name} ({column.mask}): none of {_count(column.originals, 'value')} differs"


def _originals(report: VerifyReport, *, with_columns: bool) -> Iterator[str]:
    found = [(table.label, item) for table in report.tables for item in table.originals]
    unexpected = sum(item.unexpected for _, item in found)
    yield _head("originals", f"{report.originals_sought:,} looked for, {unexpected:,} found where no mask puts them")
    own = [(label, item) for label, item in found if not item.unexpected]
    if with_columns:
        yield from (f"  {label}.{item.column} ({item.mask}): {_hits(item)}" for label, item in own)
    elif own:
        yield f"  {_count(len(own), 'column')} with values that are some row's original too: --columns names them"


def _hits(item: OriginalsReport) -> str:
    why = {"keep": "kept", "python": "as the function gives"}.get(item.mask, "as the mask gives")
    return f"{_count(item.whole, 'value')} and {_count(item.inside, 'part')} of values, {why}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _head(name: str, line: str) -> str:
    return f"{name:{_HEAD_WIDTH}}  {line}"
