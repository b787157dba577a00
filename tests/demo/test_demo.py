"""The demo is a promise on the first page, so it runs whole: real servers, a real kill, its own checks."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.db, pytest.mark.chaos, pytest.mark.slow]

SHOP_ROWS_LEAST = 200_000


def test_demo_is_killed_resumes_and_finds_nothing_lost(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pgsluice", "demo", "--directory", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    killed = re.search(r"killed with ([\d,]+) of ([\d,]+) rows committed", ended.stdout)
    assert killed is not None, ended.stdout
    committed, total = (int(count.replace(",", "")) for count in killed.groups())
    assert 0 < committed < total
    assert total >= SHOP_ROWS_LEAST
    assert f"{total:,} rows in 47 tables: none lost, none twice" in ended.stdout
    assert "0 originals found" in ended.stdout
    assert "47 tables equal" in ended.stdout
    assert "originals looked for in every text, none found where no mask puts it" in ended.stdout
    assert (tmp_path / "demo.key").stat().st_mode & 0o077 == 0
    (audit,) = tmp_path.glob("*.jsonl")
    assert audit.stat().st_size > 0
