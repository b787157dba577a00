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
    command = [sys.executable, "-m", "benches", "--quick", "--only", "M1", "--results", tmp_path]

    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)

    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [line["workload"] for line in lines] == ["M1", "M1-json"]
    for line in lines:
        assert line["commit"]
        assert line["machine"]["cores"] >= 1
        assert line["server"]["settings"]["fsync"] is True
        assert line["figures"]["ratio"]["median"] > 0
        assert len(line["figures"]["ours"]["runs"]) == line["figures"]["pairs"] == 1
    assert "M1: copy users" in (tmp_path / "README.md").read_text()
