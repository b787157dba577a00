"""The benches run: a few rows, no figure that means anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.db
def test_benches_quick_run_keeps_figures_with_their_origin(tmp_path: Path) -> None:
    workloads = [word for name in ("M1", "M3", "thousand") for word in ("--only", name)]
    command = [sys.executable, "-m", "benches", "--quick", *workloads, "--results", tmp_path]

    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=400)

    lines = {line["workload"]: line for line in map(json.loads, (tmp_path / "results.jsonl").read_text().splitlines())}
    compared = {"M1", "M1-json", "M3-pipe", "M3-floor", "thousand-1", "thousand-2"}
    assert lines.keys() - {"M3"} == {*compared, "thousand-plan"}  # M3 needs a pgcopydb.
    for line in (lines[name] for name in compared):
        assert line["commit"]
        assert line["machine"]["cores"] >= 1
        assert line["server"]["settings"]["fsync"] is True
        assert line["figures"]["ratio"]["median"] > 0
        assert len(line["figures"]["ours"]["runs"]) == line["figures"]["pairs"] == 1
    assert "M1: copy users" in (tmp_path / "README.md").read_text()


@pytest.mark.db
def test_benches_of_the_writer_run(tmp_path: Path) -> None:
    workloads = [word for name in ("U2", "U3", "U4", "U5", "tuples") for word in ("--only", name)]
    command = [sys.executable, "-m", "benches", "--quick", *workloads, "--results", tmp_path]

    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=400)

    lines = {line["workload"]: line for line in map(json.loads, (tmp_path / "results.jsonl").read_text().splitlines())}
    assert lines.keys() == {"U2", "U3", "U4", "U5-events", "U5-users", "tuples-users", "tuples-events"}
    assert set(lines["U2"]["figures"]["pgsluice"]["round_trips"]) == {1}
    assert (
        lines["U3"]["figures"]["wal"]["pgsluice quiet_upsert"]["bytes"] < 1_000
    )  # The server notes now and then what runs.
