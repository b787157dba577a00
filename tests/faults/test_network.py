"""Connections that break, stall, slow down or lose bytes: a retry or an error, never a row less or twice."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from faults.proxy import (
    WHOLE,
    Edit,
    FaultProxy,
    Fin,
    Pace,
    Reset,
    Rule,
    Side,
    Stall,
    Swallow,
    When,
    is_copy_trailer,
    without_trailer,
)
from pgsluice.driver import Deadlines
from pgsluice.errors import SluiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from faults.conftest import Rows
    from faults.copier import Copier
    from pgsluice import api
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos]

SHORT = Deadlines(answer_s=1.5, gap_s=0.7)
SIDES = {"source": Side.BACKEND, "target": Side.FRONTEND}


async def copy_through(
    copier: Copier, where: str, rules: Sequence[Rule], **settings: Any
) -> tuple[api.CopyReport | SluiceError, FaultProxy]:
    """Copy with a proxy before the source or the target; a run that could not go on is its error."""
    database: Database = getattr(copier, where)
    async with FaultProxy.before(database.dsn, rules) as proxy:
        try:
            report: api.CopyReport | SluiceError = await copier.copy_here(
                **{where: proxy.dsn(database.dsn)}, **settings
            )
        except SluiceError as error:
            report = error
    return report, proxy


async def finish(copier: Copier, reference: Rows, report: api.CopyReport | SluiceError) -> None:
    """Check what a disturbed run left; run again without the proxy if it did not finish, and check that it does."""
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)
    if isinstance(report, SluiceError) or report.failed:
        again = await copier.copy_here()
        assert not again.failed
    copier.check_done(reference)


def begins(word: bytes) -> Any:
    return lambda payload: word in payload


# (side, kind, which payload): of each connection's messages the nth is cut at each of the offsets.
MESSAGES = {
    "source copy statement": ("source", Side.FRONTEND, b"Q", begins(b"COPY")),
    "source copy begin": ("source", Side.BACKEND, b"H", None),
    "source row": ("source", Side.BACKEND, b"d", None),
    "source copy done": ("source", Side.BACKEND, b"c", None),
    "source tag": ("source", Side.BACKEND, b"C", begins(b"COPY")),
    "source ready": ("source", Side.BACKEND, b"Z", None),
    "source answer": ("source", Side.BACKEND, b"D", None),
    "target copy statement": ("target", Side.FRONTEND, b"Q", begins(b"COPY")),
    "target copy begin": ("target", Side.BACKEND, b"G", None),
    "target rows": ("target", Side.FRONTEND, b"d", None),
    "target copy done": ("target", Side.FRONTEND, b"c", None),
    "target tag": ("target", Side.BACKEND, b"C", begins(b"COPY")),
    "target ready": ("target", Side.BACKEND, b"Z", None),
    "target answer": ("target", Side.BACKEND, b"D", None),
    "target arguments": ("target", Side.FRONTEND, b"B", None),
}
OFFSETS = {Reset(): (1, 4, 7), Fin(): (0, 5, WHOLE)}


@pytest.mark.parametrize("action", [Reset(), Fin()], ids=["reset", "end"])
@pytest.mark.parametrize("name", MESSAGES)
async def test_connection_that_ends_within_a_message_is_made_good(
    copier: Copier, reference: Rows, name: str, action: Reset | Fin
) -> None:
    where, side, kind, payload = MESSAGES[name]
    for number, offset in enumerate(OFFSETS[action]):
        copier.until_no_session()
        copier.reset()
        # The nth on one connection: from its start-up to the middle of the copy.
        nth = (1, 3, 6)[number % 3] if kind in b"ZDB" else 1 + number % 3
        rule = Rule(When(side, kind=kind, payload=payload, nth=nth, offset=offset), action)

        report, proxy = await copy_through(copier, where, [rule])

        assert proxy.fired[rule] == 1
        await finish(copier, reference, report)


async def reset_at_bytes(copier: Copier, reference: Rows, where: str, spots: Iterable[int]) -> None:
    """Bytes are counted on each connection; the one that comes to the byte first is reset there."""
    for byte in spots:
        for side in Side:
            copier.until_no_session()
            copier.reset()

            report, _ = await copy_through(copier, where, [Rule(When(side, byte=byte), Reset())])

            await finish(copier, reference, report)


@pytest.mark.parametrize("where", SIDES)
async def test_reset_at_some_bytes_is_made_good(copier: Copier, reference: Rows, where: str) -> None:
    await reset_at_bytes(copier, reference, where, range(0, 9_000, 1_500))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(5, 9_000, 1_500))
@pytest.mark.parametrize("where", SIDES)
async def test_reset_at_more_bytes_is_made_good(copier: Copier, reference: Rows, where: str, start: int) -> None:
    await reset_at_bytes(copier, reference, where, range(start, start + 1_500, 450))


LOSSES = {
    "end dropped at a row": Rule(When(Side.BACKEND, b"d", nth=6, last=WHOLE), Swallow(), is_once=False),
    "end dropped at a row, then the connection": Rule(
        When(Side.BACKEND, b"d", nth=6), Swallow(then=Fin()), is_once=False
    ),
    "trailer dropped": Rule(When(Side.BACKEND, b"d", payload=is_copy_trailer), Swallow(), is_once=False),
    "trailer cut": Rule(When(Side.BACKEND, b"d", last=WHOLE), Edit(without_trailer), is_once=False),
    "rows dropped in the middle": Rule(When(Side.BACKEND, b"d", nth=3, last=5), Swallow(), is_once=False),
    "row doubled": Rule(When(Side.BACKEND, b"d", nth=3), Edit(lambda payload: payload * 2), is_once=False),
    "tag says less": Rule(
        When(Side.BACKEND, b"C", payload=begins(b"COPY 20")), Edit(lambda _: b"COPY 19\0"), is_once=False
    ),
    "field cut": Rule(When(Side.BACKEND, b"d", nth=3), Edit(lambda payload: payload[:-3]), is_once=False),
}


@pytest.mark.parametrize("name", LOSSES)
async def test_rows_that_got_lost_on_the_way_are_an_error(copier: Copier, reference: Rows, name: str) -> None:
    rule = replace(LOSSES[name])

    report, proxy = await copy_through(copier, "source", [rule], retries=1)

    assert proxy.fired[rule] >= 1
    assert isinstance(report, SluiceError) or [table.label for table in report.failed] != []
    first_table = "SELECT count(*) FROM item"
    assert copier.of_target.value(first_table) in {0, 20, 40}
    await finish(copier, reference, report)


TARGET_LOSSES = {
    "rows dropped": Rule(When(Side.FRONTEND, b"d", nth=2), Swallow(), is_once=False),
    "tag says more": Rule(
        When(Side.BACKEND, b"C", payload=begins(b"COPY 20")), Edit(lambda _: b"COPY 21\0"), is_once=False
    ),
}


@pytest.mark.parametrize("name", TARGET_LOSSES)
async def test_rows_that_did_not_arrive_are_an_error(copier: Copier, reference: Rows, name: str) -> None:
    rule = replace(TARGET_LOSSES[name])

    report, proxy = await copy_through(copier, "target", [rule], retries=1)

    assert proxy.fired[rule] >= 1
    assert isinstance(report, SluiceError) or report.failed
    await finish(copier, reference, report)


PACES = {
    "one byte": [Rule(When(side, kind=None), Pace(slice_bytes=1), is_once=False) for side in Side],
    "late": [Rule(When(side, kind=kind), Pace(delay_s=0.002), is_once=False) for side, kind in [(Side.BACKEND, b"d")]],
    "slow": [Rule(When(Side.BACKEND, kind=b"H"), Pace(bytes_per_second=400_000), is_once=False)],
}


@pytest.mark.parametrize("where", SIDES)
@pytest.mark.parametrize("name", PACES)
async def test_slow_network_changes_nothing(copier: Copier, reference: Rows, name: str, where: str) -> None:
    report, _ = await copy_through(copier, where, PACES[name])

    assert not isinstance(report, SluiceError)
    assert not report.failed
    copier.check_done(reference)


STALLS = {
    "source statement": ("source", Side.FRONTEND, b"Q", begins(b"COPY")),
    "source rows": ("source", Side.BACKEND, b"d", None),
    "source tag": ("source", Side.BACKEND, b"C", begins(b"COPY")),
    "source ready": ("source", Side.BACKEND, b"Z", None),
    "target rows": ("target", Side.FRONTEND, b"d", None),
    "target tag": ("target", Side.BACKEND, b"C", begins(b"COPY")),
    "target ready": ("target", Side.BACKEND, b"Z", None),
    "target checkpoint": ("target", Side.FRONTEND, b"B", None),
}


@pytest.mark.parametrize("action", [Stall(), Swallow()], ids=["stalled", "swallowed"])
@pytest.mark.parametrize("name", STALLS)
async def test_stall_is_noticed_and_made_good(
    copier: Copier, reference: Rows, name: str, action: Stall | Swallow
) -> None:
    where, side, kind, payload = STALLS[name]
    nth = 12 if kind in b"ZB" else 2
    rule = Rule(When(side, kind=kind, payload=payload, nth=nth), action)
    report, proxy = await copy_through(copier, where, [rule], deadlines=SHORT)

    assert proxy.fired[rule] == 1
    await finish(copier, reference, report)


async def test_stall_while_others_work_is_noticed_by_its_own_deadline(copier: Copier, reference: Rows) -> None:
    """A stream that stops after its first bytes is given the short deadline, not the one of a first answer."""
    rule = Rule(When(Side.BACKEND, kind=b"d", nth=4), Stall())
    started = time.monotonic()

    report, proxy = await copy_through(copier, "source", [rule], deadlines=Deadlines(answer_s=600, gap_s=0.5))

    assert proxy.fired[rule] == 1
    assert time.monotonic() - started < 300
    await finish(copier, reference, report)


async def test_no_task_is_left_by_a_run_that_failed(copier: Copier) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"d", nth=4), Reset(), is_once=False)
    before = len(asyncio.all_tasks())

    report, _ = await copy_through(copier, "source", [rule], retries=1)

    assert isinstance(report, SluiceError) or report.failed
    assert len(asyncio.all_tasks()) == before
