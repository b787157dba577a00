"""COMMITs whose answer is lost: the target itself decides what is committed, and nothing is written twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from faults.proxy import FaultProxy, Fin, Reset, Rule, Side, Stall, Swallow, When, is_commit_tag
from faults.told import Told
from pgsluice.driver import Deadlines
from pgsluice.errors import ConnectionLostError, SluiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.conftest import Rows
    from faults.copier import Copier

pytestmark = [pytest.mark.db, pytest.mark.chaos]


def is_commit(payload: bytes) -> bool:
    return payload.startswith(b"COMMIT")


class Nth:
    """Chooses the nth COMMIT (or answer to one) over all connections; `all_from` also those after it."""

    def __init__(self, is_chosen: Callable[[bytes], bool], nth: int, *, all_from: bool = False) -> None:
        self.is_chosen, self.nth, self.all_from, self.count = is_chosen, nth, all_from, 0

    def __call__(self, payload: bytes) -> bool:
        if not self.is_chosen(payload):
            return False
        self.count += 1
        return self.count >= self.nth if self.all_from else self.count == self.nth


LOST = {
    "answer swallowed, then reset": (Side.BACKEND, b"C", is_commit_tag, 0, Swallow(then=Reset())),
    "answer swallowed, then end": (Side.BACKEND, b"C", is_commit_tag, 0, Swallow(then=Fin())),
    "answer cut": (Side.BACKEND, b"C", is_commit_tag, 3, Reset()),
    "reset before it is sent": (Side.FRONTEND, b"Q", is_commit, 0, Reset()),
    "reset within it": (Side.FRONTEND, b"Q", is_commit, 7, Reset()),
    "end before it is sent": (Side.FRONTEND, b"Q", is_commit, 0, Fin()),
}
# The run's row, the taking over; then what is retried: run-started, 9, 4 and 3 batches, run-done.
BEGINNING = 2
LAST = BEGINNING + 1 + 9 + 4 + 3 + 1


@pytest.mark.parametrize("nth", [3, 4, 5, 9, 13, 14, LAST])
@pytest.mark.parametrize("name", LOST)
async def test_commit_without_an_answer_is_decided(copier: Copier, reference: Rows, name: str, nth: int) -> None:
    side, kind, is_chosen, offset, action = LOST[name]
    rule = Rule(When(side, kind=kind, payload=Nth(is_chosen, nth), offset=offset), action)
    async with FaultProxy.before(copier.target.dsn, [rule]) as proxy:
        report = await copier.copy_here(target=proxy.dsn(copier.target.dsn))

        assert proxy.fired[rule] == 1
    assert not report.failed
    copier.check_done(reference)


@pytest.mark.parametrize("nth", range(1, BEGINNING + 1))
@pytest.mark.parametrize("name", LOST)
async def test_commit_lost_while_a_run_begins_is_gone_on_from(
    copier: Copier, reference: Rows, name: str, nth: int
) -> None:
    side, kind, is_chosen, offset, action = LOST[name]
    rule = Rule(When(side, kind=kind, payload=Nth(is_chosen, nth), offset=offset), action)
    async with FaultProxy.before(copier.target.dsn, [rule]) as proxy:
        with pytest.raises(ConnectionLostError):
            await copier.copy_here(target=proxy.dsn(copier.target.dsn))
    copier.check_checkpoints_agree()

    report = await copier.copy_here()

    assert not report.failed
    copier.check_done(reference)


@pytest.mark.parametrize("name", ["answer swallowed", "never arrives"])
async def test_commit_that_hangs_is_decided_after_a_deadline(copier: Copier, reference: Rows, name: str) -> None:
    when = {
        "answer swallowed": When(Side.BACKEND, kind=b"C", payload=Nth(is_commit_tag, 6)),
        "never arrives": When(Side.FRONTEND, kind=b"Q", payload=Nth(is_commit, 6)),
    }[name]
    rule = Rule(when, Stall())
    async with FaultProxy.before(copier.target.dsn, [rule]) as proxy:
        report = await copier.copy_here(
            target=proxy.dsn(copier.target.dsn), deadlines=Deadlines(answer_s=0.7, gap_s=0.7)
        )

        assert proxy.fired[rule] == 1
    assert not report.failed
    copier.check_done(reference)


async def test_every_answer_to_a_commit_lost_is_no_row_twice(copier: Copier, reference: Rows) -> None:
    every = Nth(is_commit_tag, BEGINNING + 1, all_from=True)
    rule = Rule(When(Side.BACKEND, kind=b"C", payload=every), Swallow(then=Reset()), is_once=False)
    async with FaultProxy.before(copier.target.dsn, [rule]) as proxy:
        report = await copier.copy_here(target=proxy.dsn(copier.target.dsn))

        assert proxy.fired[rule] > 16
    assert not report.failed
    copier.check_done(reference)


async def test_killed_between_commit_and_answer_goes_on_behind_it(copier: Copier, reference: Rows) -> None:
    rule = Rule(When(Side.BACKEND, kind=b"C", payload=Nth(is_commit_tag, 8)), Swallow(then=Stall()))
    async with FaultProxy.before(copier.target.dsn, [rule]) as proxy:
        running = copier.start(target=proxy.dsn(copier.target.dsn))
        await proxy.until_fired(rule)
        os.kill(running.pid, 9)
        running.ended()
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)

    assert copier.copy().status == 0
    copier.check_done(reference)


async def test_retries_exhausted_fail_one_table_and_a_later_run_finishes(copier: Copier, reference: Rows) -> None:
    to_event = Rule(
        When(Side.FRONTEND, kind=b"Q", payload=lambda payload: b'COPY "public"."event"' in payload),
        Reset(),
        is_once=False,
    )
    told = Told()
    async with FaultProxy.before(copier.target.dsn, [to_event]) as proxy:
        report = await copier.copy_here(target=proxy.dsn(copier.target.dsn), observer=told)

    assert [(table.label, table.state) for table in report.tables] == [
        ("public.item", "done"),
        ("public.event", "failed"),
        ("public.kind", "done"),
    ]
    [failed] = report.failed
    assert failed.error is not None
    assert (failed.error.code, failed.error.exit_status) == ("connection-lost", 1)
    assert max(int(str(retry["attempt"])) for retry in told.retries) == 3
    assert copier.of_target.value("SELECT count(*) FROM _pgsluice.audit WHERE record LIKE '%table-failed%'") == 1
    assert copier.of_target.value("SELECT state FROM _pgsluice.run") == "failed"
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=True)
    again = copier.copy()
    assert again.status == 0, again.output
    copier.check_done(reference)


async def test_target_gone_for_good_ends_the_run_with_a_message(copier: Copier, reference: Rows) -> None:
    nobody_gets_in = Rule(When(Side.BACKEND, kind=b"R"), Reset(), is_once=False)

    def is_commit_tag_that_shuts_the_door(payload: bytes) -> bool:
        if is_commit_tag(payload):
            commits.append(payload)
        if len(commits) == 8:
            proxy.rules.append(nobody_gets_in)
        return len(commits) >= 8 and is_commit_tag(payload)

    commits: list[bytes] = []
    lost = When(Side.BACKEND, kind=b"C", payload=is_commit_tag_that_shuts_the_door)
    async with FaultProxy.before(copier.target.dsn, [Rule(lost, Swallow(then=Reset()), is_once=False)]) as proxy:
        with pytest.raises(SluiceError) as raised:
            await copier.copy_here(target=proxy.dsn(copier.target.dsn))

    assert raised.value.exit_status in {1, 4}
    assert "could not" in raised.value.message
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)
    assert copier.copy().status == 0
    copier.check_done(reference)
