"""Writes a bill of the write-ahead log for people, in 80 columns, and as data."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from pgsluice.api import CaseBill, RecordKind, WalBill

_KIND_WIDTH = 32
_WIDTH = 80
_HELD = "\xa0"


def lines_of(bills: Sequence[WalBill]) -> Iterator[str]:
    """Give the lines of one or several runs of the same work; the table is of the median one."""
    ordered = sorted(bills, key=lambda bill: bill.bytes)
    bill = ordered[(len(ordered) - 1) // 2]
    whose = "one transaction" if bill.scope == "transaction" else "the whole server"
    yield f"{bill.bytes:,} bytes of WAL by {whose}"
    if len(ordered) > 1:
        yield f"the median of {len(ordered):,} runs, from {ordered[0].bytes:,} to {ordered[-1].bytes:,} bytes"
    if bill.source == "pg_walinspect":
        yield from _table(bill)
    yield from _counts(bill)
    if bill.note:
        yield f"note: {bill.note}"


def _table(bill: WalBill) -> Iterator[str]:
    nobodys = bill.without_xid if bill.scope == "transaction" else ()
    if not bill.kinds and not nobodys:
        yield "no record"
        return
    yield f"{'kind':{_KIND_WIDTH}} {'records':>10} {'bytes':>12} {'images':>8} {'image bytes':>12}"
    yield from map(_line, sorted(bill.kinds, key=lambda kind: -kind.bytes))
    if nobodys:
        yield "not counted, because these records name no transaction:"
        yield from map(_line, nobodys)


def _line(kind: RecordKind) -> str:
    return f"{kind.name:{_KIND_WIDTH}} {kind.count:>10,} {kind.bytes:>12,} {kind.images:>8,} {kind.image_bytes:>12,}"


def _counts(bill: WalBill) -> Iterator[str]:
    if bill.rows_changed:
        yield f"rows changed   {bill.rows_changed:,}, {bill.bytes / bill.rows_changed:,.1f} bytes a row"
    elif bill.rows_changed is not None:
        yield "rows changed   0"
    if bill.locks is not None:
        yield f"row locks      {bill.locks:,}"
    if bill.hot_share is not None:
        yield f"HOT            {bill.hot_updates:,} of {bill.updates:,} updates ({bill.hot_share:.0%})"
    if bill.commits is not None:
        syncs = "" if bill.syncs is None else f", syncs {bill.syncs:,}"
        yield f"commits        {bill.commits:,}{syncs}"
    if bill.others_bytes:
        yield f"others         {bill.others_bytes:,} bytes by other transactions meanwhile, not counted"


def lines_of_cases(cases: Sequence[CaseBill]) -> Iterator[str]:
    """Give the table of the cases: a line of figures each, and one with the kinds of records."""
    yield f"{cases[0].rows:,} rows a statement"
    yield (
        f"{'strategy':13} {'rows are':8} {'bytes/row':>10} {'records':>8} {'locks':>7} {'HOT':>5} "
        f"{'commits':>7} {'syncs':>5}"
    )
    for case in cases:
        bill = case.bill
        hot = "-" if bill.hot_share is None else f"{bill.hot_share:.0%}"
        yield (
            f"{case.strategy:13} {case.situation:8} {bill.bytes / case.rows:>10,.1f} {_figure(bill.records):>8} "
            f"{_figure(bill.locks):>7} {hot:>5} {_figure(bill.commits):>7} {_figure(bill.syncs):>5}"
        )
        if bill.kinds:
            # A kind and its count stay on one line.
            kinds = ", ".join(f"{kind.name}{_HELD}{kind.count:,}" for kind in bill.kinds)
            for line in textwrap.wrap(kinds, _WIDTH, initial_indent="  ", subsequent_indent="  "):
                yield line.replace(_HELD, " ")
    yield from sorted({f"note: {case.bill.note}" for case in cases if case.bill.note})


def _figure(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def bill_as_data(bill: WalBill) -> dict[str, Any]:
    """Give a bill with its sums, for machines."""
    sums = ("records", "images", "image_bytes", "locks", "hot_share")
    return dataclasses.asdict(bill) | {name: getattr(bill, name) for name in sums}
