"""Tables cut into slices that two jobs copy at once: killed anywhere, nothing is lost, doubled or left between cuts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from pgsluice.points import POINTS

if TYPE_CHECKING:
    from faults.conftest import Rows
    from faults.copier import Copier

pytestmark = [pytest.mark.db, pytest.mark.chaos]

KILLED = -9
SLICED = ("--jobs=2", "--slice-bytes=1")
# Everything between the first row and the last.
WITHIN = POINTS[POINTS.index("table-begins") : POINTS.index("table-done") + 1]


def slices(copier: Copier, table: str) -> int:
    return int(copier.of_target.value("SELECT count(*) FROM _pgsluice.slice WHERE table_name = $1", table))


def check_between_processes(copier: Copier) -> None:
    """Rows and checkpoints agree, and each slice holds a prefix of its range: all of it that is not behind its last."""
    copier.until_no_session()
    if not copier.has_run():
        return
    for table in ("item", "event", "kind"):
        recorded = "SELECT coalesce(sum(row_count), 0)::int8 FROM _pgsluice.batch WHERE table_name = $1"
        assert copier.of_target.value(f"SELECT count(*) FROM {table}") == copier.of_target.value(recorded, table)
    copier.check_audit(is_repaired=False)


def test_slices_copied_at_once_give_the_rows_of_a_whole_copy(copier: Copier, reference: Rows) -> None:
    ended = copier.copy(options=SLICED)

    assert ended.status == 0, ended.output
    assert (slices(copier, "item") > 2, slices(copier, "event") > 1) == (True, True)
    copier.check_done(reference)


@pytest.mark.parametrize("point", WITHIN)
def test_kill_of_a_sliced_copy_loses_and_doubles_nothing(copier: Copier, reference: Rows, point: str) -> None:
    first = copier.copy(f"{point}:3:kill", options=SLICED)
    assert first.status in {KILLED, 0}, first.output
    check_between_processes(copier)

    # Other jobs and other slices on the way: the run keeps the slices that it began with.
    ended = copier.copy(options=("--jobs=3", "--slice-bytes=5000"))

    assert ended.status == 0, ended.output
    copier.check_done(reference)


@pytest.mark.parametrize("seed", range(4))
def test_kills_in_a_row_of_a_sliced_copy_lose_and_double_nothing(copier: Copier, reference: Rows, seed: int) -> None:
    choose = random.Random(seed)

    status = KILLED
    for _ in range(8):
        ended = copier.copy(f"{choose.choice(WITHIN)}:{choose.randint(1, 20)}:kill", options=SLICED)
        status = ended.status or 0
        assert status in {KILLED, 0}, (seed, ended.output)
        check_between_processes(copier)
    ended = copier.copy(options=SLICED)

    assert ended.status == 0, (seed, ended.output)
    copier.check_done(reference)


CHANGES = {
    "one gone": "DELETE FROM _pgsluice.slice WHERE slice_number = 2",
    "last gone": "DELETE FROM _pgsluice.slice WHERE until_key IS NULL",
    "all gone": "DELETE FROM _pgsluice.slice",
    "open": "UPDATE _pgsluice.slice SET until_key = NULL WHERE slice_number = 1",
    "swapped": "UPDATE _pgsluice.slice SET after_key = until_key, until_key = after_key WHERE slice_number = 2",
}


@pytest.mark.parametrize("name", CHANGES)
def test_slices_changed_by_hand_are_refused(copier: Copier, name: str) -> None:
    assert copier.copy("commit-answered:6:kill", options=SLICED).status == KILLED
    copier.of_target.execute(CHANGES[name])
    before = copier.of_target.value("SELECT count(*) FROM item")

    ended = copier.copy(options=SLICED)

    assert (ended.status, "were changed after they were written" in ended.output) == (3, True), ended.output
    assert copier.of_target.value("SELECT count(*) FROM item") == before
