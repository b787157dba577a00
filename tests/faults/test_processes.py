"""Signals, pauses and a second process: one run at a time writes, and who lost the run commits nothing."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from faults.copier import BATCHES

if TYPE_CHECKING:
    from faults.conftest import Rows
    from faults.copier import Copier

pytestmark = [pytest.mark.db, pytest.mark.chaos]

# In the middle of the first table.
FIFTH_BATCH = 5


def test_second_process_refuses_at_once(copier: Copier, reference: Rows) -> None:
    first = copier.start(f"batch-masked:{FIFTH_BATCH}:stop")
    first.until_stopped()

    second = copier.copy()

    os.kill(first.pid, signal.SIGCONT)
    assert second.status == 4
    assert "another process is copying into this target" in second.output
    assert first.ended().status == 0
    copier.check_done(reference)


# Where a process can be stopped: before it holds any lock on the run, and while its transaction holds one.
@pytest.mark.parametrize(
    "point", ["batch-masked", "target-batch-half-sent", "audit-prepared", "commit-begins", "commit-answered"]
)
def test_process_that_lost_the_run_commits_nothing(copier: Copier, reference: Rows, point: str) -> None:
    first = copier.start(f"{point}:{FIFTH_BATCH}:stop")
    first.until_stopped()
    copier.of_target.value("SELECT pg_terminate_backend($1, 5000)", copier.lock_holder())

    second = copier.copy()
    assert second.status == 0, second.output
    records = copier.of_target.value("SELECT count(*) FROM _pgsluice.audit")
    os.kill(first.pid, signal.SIGCONT)
    ended = first.ended()

    assert ended.status == 4, ended.output
    assert "another process" in ended.output
    assert copier.of_target.value("SELECT count(*) FROM _pgsluice.audit") == records
    copier.check_done(reference)


def test_process_whose_run_was_replaced_commits_nothing(copier: Copier, reference: Rows) -> None:
    first = copier.start(f"batch-masked:{FIFTH_BATCH}:stop")
    first.until_stopped()
    copier.of_target.value("SELECT pg_terminate_backend($1, 5000)", copier.lock_holder())

    second = copier.copy(options=("--restart",))
    os.kill(first.pid, signal.SIGCONT)
    ended = first.ended()

    assert second.status == 0, second.output
    assert ended.status == 4, ended.output
    copier.check_rows_equal(reference)
    assert copier.of_target.value("SELECT count(*) FROM _pgsluice.run WHERE state = 'done'") == 1


def test_pause_goes_on(copier: Copier, reference: Rows) -> None:
    first = copier.start(f"target-batch-half-sent:{FIFTH_BATCH}:stop")
    first.until_stopped()

    os.kill(first.pid, signal.SIGCONT)

    assert first.ended().status == 0
    copier.check_done(reference)


POINTS_OF_SIGNALS = (
    "target-locked",
    "run-recorded",
    "table-begins",
    "source-chunk-received",
    "source-batch-counted",
    "batch-masked",
    "target-batch-half-sent",
    "target-batch-counted",
    "audit-prepared",
    "commit-begins",
    "commit-answered",
    "table-copied",
    "run-end-begins",
)


@pytest.mark.parametrize("action", ["interrupt", "terminate"])
@pytest.mark.parametrize("point", POINTS_OF_SIGNALS)
def test_signal_ends_a_run_cleanly(copier: Copier, reference: Rows, point: str, action: str) -> None:
    nth = 1 if point in {"target-locked", "run-recorded", "table-begins", "table-copied", "run-end-begins"} else 3
    ended = copier.copy(f"{point}:{nth}:{action}")

    assert ended.status == 130, ended.output
    assert "internal error" not in ended.output
    copier.until_no_session(timeout_s=2)
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)
    copier.check_no_residue()
    if copier.has_run() and point != "run-recorded":
        assert copier.of_target.value("SELECT state FROM _pgsluice.run") == "interrupted"
    again = copier.copy()
    assert again.status == 0, again.output
    copier.check_done(reference)


def test_signal_while_a_schema_is_made_ends_its_programs(copier: Copier, reference: Rows) -> None:
    copier.of_target.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    try:
        running = copier.start("post-data-begins:1:interrupt")

        assert running.ended().status == 130
        copier.check_no_residue()
        again = copier.copy()
        assert again.status == 0, again.output
        copier.check_done(reference)
    finally:
        copier.of_target.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        copier.make_target()


@pytest.mark.parametrize("action", ["interrupt", "terminate"])
def test_second_signal_ends_a_process_at_once(copier: Copier, reference: Rows, action: str) -> None:
    expected = {"interrupt": -signal.SIGINT, "terminate": -signal.SIGTERM}[action]

    ended = copier.copy(f"commit-begins:{FIFTH_BATCH}:{action}", f"shutdown-begins:1:{action}")

    assert ended.status == expected, ended.output
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)
    assert copier.copy().status == 0
    copier.check_done(reference)


@pytest.mark.parametrize(
    "point", ["table-begins", "source-batch-counted", "batch-masked", "commit-begins", "batch-done"]
)
def test_unexpected_error_ends_cleanly_and_can_be_gone_on_from(copier: Copier, reference: Rows, point: str) -> None:
    ended = copier.copy(f"{point}:1:raise")

    assert ended.status == 1, ended.output
    assert "internal error" in ended.output
    copier.check_checkpoints_agree()
    copier.check_audit(is_repaired=False)
    copier.check_no_residue()
    assert copier.copy().status == 0
    copier.check_done(reference)


def test_run_has_the_batches_that_tests_count_on(copier: Copier) -> None:
    assert copier.copy().status == 0

    found = copier.of_target.fetch("SELECT table_name, count(*) FROM _pgsluice.batch GROUP BY 1")
    formats = copier.of_target.fetch("SELECT table_name, copy_format, key_kind FROM _pgsluice.table_run")
    assert dict(found) == BATCHES
    assert {tuple(row) for row in formats} == {
        ("item", "binary", "primary key"),
        ("event", "binary", "ctid"),
        ("kind", "text", "primary key"),
    }
