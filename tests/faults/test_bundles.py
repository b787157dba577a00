"""Small tables that share a transaction: killed, cut off or refused in the middle, each is there once or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.proxy import FaultProxy, Fin, Reset, Rule, Side, Swallow, When, is_commit_tag
from faults.test_commits import BEGINNING, Nth, is_commit
from pgsluice.points import POINTS

if TYPE_CHECKING:
    from faults.conftest import Rows
    from faults.copier import Copier

pytestmark = [pytest.mark.db, pytest.mark.chaos]

KILLED = -9
# All three tables of the sample are smaller than such a batch.
BUNDLED = ("--batch-rows=1000",)
WITHIN = POINTS[POINTS.index("source-copy-begins") : POINTS.index("batch-done") + 1]
# The answer to the bundle's COMMIT, behind that of run-started.
NTH = BEGINNING + 2
LOST = {
    "answer swallowed": (Side.BACKEND, b"C", is_commit_tag, Swallow(then=Reset())),
    "reset before it is sent": (Side.FRONTEND, b"Q", is_commit, Reset()),
    "end before it is sent": (Side.FRONTEND, b"Q", is_commit, Fin()),
}


def commits(copier: Copier) -> list[str]:
    """The transactions that rows came in."""
    rows = "SELECT xmin::text FROM item UNION SELECT xmin::text FROM event UNION SELECT xmin::text FROM kind"
    return [row[0] for row in copier.of_target.fetch(rows)]


def test_small_tables_are_copied_in_one_transaction(copier: Copier, reference: Rows) -> None:
    ended = copier.copy(options=BUNDLED)

    assert ended.status == 0, ended.output
    assert len(commits(copier)) == 1
    copier.check_done(reference)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", WITHIN)
def test_kill_within_a_bundle_loses_and_doubles_nothing(copier: Copier, reference: Rows, point: str, nth: int) -> None:
    ended = copier.copy(f"{point}:{nth}:kill", options=BUNDLED)
    assert ended.status in {KILLED, 0}, ended.output
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=ended.status == 0)

    ended = copier.copy(options=BUNDLED)

    assert ended.status == 0, ended.output
    copier.check_done(reference)


@pytest.mark.parametrize("name", LOST)
async def test_commit_of_a_bundle_without_an_answer_is_decided(copier: Copier, reference: Rows, name: str) -> None:
    side, kind, is_chosen, action = LOST[name]
    rule = Rule(When(side, kind=kind, payload=Nth(is_chosen, NTH)), action)
    async with FaultProxy.before(copier.target.dsn, [rule]) as proxy:
        report = await copier.copy_here(target=proxy.dsn(copier.target.dsn), batch_rows=1000)

        assert proxy.fired[rule] == 1
    assert not report.failed
    copier.check_done(reference)


async def test_source_lost_within_a_bundle_is_read_again(copier: Copier, reference: Rows) -> None:
    # The second table's COPY breaks off.
    rule = Rule(When(Side.BACKEND, kind=b"c", nth=2), Reset())
    async with FaultProxy.before(copier.source.dsn, [rule]) as proxy:
        report = await copier.copy_here(source=proxy.dsn(copier.source.dsn), batch_rows=1000)

        assert proxy.fired[rule] == 1
    assert not report.failed
    copier.check_done(reference)


def test_table_that_fails_in_a_bundle_fails_alone(copier: Copier, reference: Rows) -> None:
    copier.of_target.execute("ALTER TABLE event ADD CONSTRAINT refusing CHECK (note IS NULL)")
    try:
        ended = copier.copy(options=BUNDLED)
        states = dict(copier.of_target.fetch("SELECT table_name, state FROM _pgsluice.table_run"))
    finally:
        copier.of_target.execute("ALTER TABLE event DROP CONSTRAINT refusing")

    assert ended.status == 1, ended.output
    assert states == {"item": "done", "event": "failed", "kind": "done"}
    copier.check_checkpoints_agree()

    ended = copier.copy(options=BUNDLED)

    assert ended.status == 0, ended.output
    copier.check_done(reference)


def test_table_that_outgrew_its_statistics_is_copied_alone(copier: Copier, reference: Rows) -> None:
    # More rows than a batch, and statistics that say fewer.
    copier.of_source.execute("UPDATE pg_class SET reltuples = 10 WHERE relname = 'item'")
    try:
        ended = copier.copy(options=("--batch-rows=80", "--batch-bytes=1"))
    finally:
        copier.of_source.execute("ANALYZE item")

    assert ended.status == 0, ended.output
    assert copier.of_target.value("SELECT count(*) FROM _pgsluice.batch WHERE table_name = 'item'") == 3
    copier.check_done(reference)
