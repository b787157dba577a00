"""The ledger ingester is killed wherever it is and started again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from servers import Database

pytestmark = [pytest.mark.db, pytest.mark.chaos]

EXAMPLE = Path(__file__).parents[2] / "examples" / "ledger_ingester"
MODEL = Path(__file__).with_name("ledger_model.sql").read_text(encoding="utf-8")
LIVE_FROM, END = 161, 261
TIMEOUT_S = 120


def started(database: Database) -> subprocess.Popen[str]:
    command = [sys.executable, str(EXAMPLE), "--target", database.dsn]
    command += ["--live-from", str(LIVE_FROM), "--until", str(END)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed_after(database: Database, lines: int) -> list[str]:
    """Let it say so many lines, kill it, and give what it had said by then."""
    with started(database) as process:
        assert process.stdout is not None
        said = [line for _, line in zip(range(lines), process.stdout, strict=False)]
        process.kill()
        rest, _ = process.communicate(timeout=TIMEOUT_S)
    return [*said, *rest.splitlines()]


def finished(database: Database) -> str:
    with started(database) as process:
        output, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, errors
    return output


@pytest.mark.parametrize("seed", [1, 2])
def test_ingester_killed_at_random_moments_loses_and_doubles_nothing(target_db: Database, seed: int) -> None:
    chance = random.Random(seed)
    # One before the balances are there, some among the ranges of history, some behind them.
    moments = [1, *(chance.randint(2, 9) for _ in range(4)), *(chance.randint(10, 30) for _ in range(2))]
    said = [killed_after(target_db, lines) for lines in moments]

    finished(target_db)

    assert target_db.fetch(MODEL, END) == []
    # Otherwise this was no test: processes were killed before their end, and some of them between ranges and ledgers.
    # On a busy machine one may get to its end before it is killed.
    killed = [part for part in said if not any(line.startswith("transfers=") for line in part)]
    assert len(killed) >= 3
    assert any(line.startswith("backfill") for part in killed for line in part)
    assert any(line.startswith("live") for part in killed for line in part)


def test_ingester_started_again_when_all_is_done_changes_nothing(target_db: Database) -> None:
    finished(target_db)
    output = finished(target_db)

    assert [line for line in output.splitlines() if line.startswith(("backfill", "live"))] == []
    assert target_db.fetch(MODEL, END) == []


def test_model_notices_a_row_too_many_and_one_that_is_missing(target_db: Database) -> None:
    finished(target_db)
    target_db.execute("DELETE FROM transfers WHERE ledger = 7 AND number = 3")
    target_db.execute("UPDATE native_balances SET balance = 0 WHERE account = 1")

    found = [(row["what"], row["place"]) for row in target_db.fetch(MODEL, END)]

    assert found == [("missing", "native"), ("missing", "transfers"), ("too many", "native")]
