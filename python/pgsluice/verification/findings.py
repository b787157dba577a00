"""Writes down what the comparison of a table found."""

from __future__ import annotations

from dataclasses import replace

from pgsluice.verification.report import (
    ColumnReport,
    ColumnState,
    OriginalsReport,
    SinceReport,
    TableReport,
    TableState,
)
from pgsluice.verification.tables import TablePair


def table_report(pair: TablePair, since: SinceReport | None, *, may_source_change: bool) -> TableReport:
    """Report on a table that was read on both sides; `since` is what changed on the source since it was copied."""
    comparison, expected, found = pair.comparison, pair.expected, pair.found
    missing, extra, changed, _, share = pair.counted or (0, 0, 0, [], 1.0)
    rows_missing, rows_extra = _balanced(missing / share, extra / share, found.rows - expected.rows)
    columns = _columns(pair)
    originals = _originals(pair)
    is_different = (
        not pair.is_equal
        or any(column.state == "missing" for column in columns)
        or any(item.unexpected for item in originals)
    )
    state: TableState = "different" if is_different else "ok" if pair.table.has_rows else "structure only"
    report = TableReport(
        label=pair.table.label,
        state=state,
        rows_source=expected.rows,
        rows_target=found.rows,
        columns=columns,
        originals=originals,
        rows_missing=rows_missing,
        rows_extra=rows_extra,
        rows_changed=round(changed / share),
        is_estimate=share < 1,
        has_key=comparison.has_key,
        since=since,
    )
    is_excused = may_source_change and state == "different" and report.may_be_the_source
    return replace(report, state="source changed") if is_excused else report


def _balanced(missing: float, extra: float, growth: int) -> tuple[int, int]:
    """Round estimates so that they agree with the counts of rows, which are exact."""
    rounded = round(missing)
    if extra > missing:
        return max(0, round(extra) - growth), round(extra)
    return rounded, max(0, rounded + growth)


def _columns(pair: TablePair) -> tuple[ColumnReport, ...]:
    comparison = pair.comparison
    changed_in, share = (pair.counted[3], pair.counted[4]) if pair.counted else ([0] * len(comparison.columns), 1.0)
    is_equal = pair.expected.equal_columns(pair.found)
    found = []
    for at, column in enumerate(comparison.columns):
        nulls, originals, unchanged = pair.expected.columns[at]
        state, reason = _state(pair, has_changed=changed_in[at] > 0, is_equal=is_equal[at])
        found.append(
            ColumnReport(
                name=column.name,
                mask=column.mask,
                state=state,
                reason=reason,
                originals=originals,
                unchanged=unchanged,
                nulls_expected=nulls,
                nulls_found=pair.found.columns[at][0],
                rows_changed=round(changed_in[at] / share) if comparison.has_key else None,
            )
        )
    found += [ColumnReport(name, mask, "missing") for name, mask in comparison.missing]
    found += [ColumnReport(name, mask, "not compared", reason) for name, mask, reason in comparison.not_compared]
    order = [item.column.name for item in pair.table.columns]
    return tuple(sorted(found, key=lambda column: order.index(column.name)))


def _state(pair: TablePair, *, has_changed: bool, is_equal: bool) -> tuple[ColumnState, str | None]:
    """Tell of a column what its sum tells, or, where rows are missing and every sum differs, the count of rows."""
    if has_changed:
        return "different", None
    if pair.expected.rows == pair.found.rows:
        return ("equal", None) if is_equal else ("different", None)
    if not pair.comparison.has_key:
        return "not compared", "the number of rows differs, and no key tells which"
    if pair.counted is not None and pair.counted[4] < 1:
        return "not compared", "the number of rows differs, and not all that may differ were looked at"
    return "equal", None


def _originals(pair: TablePair) -> tuple[OriginalsReport, ...]:
    """Columns in which originals were found; where both sides are equal the masks themselves give them."""
    # A copy that differs nowhere holds what the masks give, these included.
    expected = pair.hits if pair.is_equal else pair.expected_hits
    found = []
    for column, hits, own in zip(pair.comparison.searched, pair.hits, expected, strict=True):
        if any(hits):
            whole, inside = own if column.is_known else (None, None)
            found.append(
                OriginalsReport(
                    column=column.name,
                    mask=column.mask,
                    whole=hits[0],
                    inside=hits[1],
                    whole_expected=whole,
                    inside_expected=inside,
                    is_strong=column.is_strong,
                )
            )
    return tuple(found)
