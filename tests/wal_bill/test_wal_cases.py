"""What upserts of absent, stale and fresh rows write, and that the page of the docs says the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commands import PROGRAM, TIMEOUT_S, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server

from servers import Database, fresh_database

pytestmark = pytest.mark.db

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "what-an-upsert-costs.md"
#: strategy, rows are, bytes/row, records, locks, HOT, commits
LINE = re.compile(r"^(\w+) +(absent|stale|fresh) +([\d.]+) +([\d,]+) +([\d,]+) +(-|\d+%) +(\d+) ", re.MULTILINE)
ROWS = 1000
#: Locks, HOT updates and commits that PostgreSQL's sources give each statement: heap_lock_tuple is called for every
#: row that ON CONFLICT DO UPDATE or FOR UPDATE meets, an UPDATE locks by its own record, and who reads only has no
#: transaction id.
EXPECTED = {
    ("upsert", "absent"): (0, 0, 1),
    ("upsert", "stale"): (ROWS, ROWS, 1),
    ("upsert", "fresh"): (ROWS, ROWS, 1),
    ("guarded", "absent"): (0, 0, 1),
    ("guarded", "stale"): (ROWS, ROWS, 1),
    ("guarded", "fresh"): (ROWS, 0, 1),
    ("published", "absent"): (0, 0, 1),
    ("published", "stale"): (0, ROWS, 1),
    ("published", "fresh"): (0, 0, 0),
    ("cte_upsert", "absent"): (0, 0, 1),
    ("cte_upsert", "stale"): (ROWS, ROWS, 1),
    ("cte_upsert", "fresh"): (0, 0, 0),
    ("quiet_upsert", "absent"): (0, 0, 1),
    ("quiet_upsert", "stale"): (ROWS, ROWS, 1),
    ("quiet_upsert", "fresh"): (0, 0, 0),
}
Case = dict[str, Any]


@pytest.fixture(scope="module")
def database(target_server: Server) -> Iterator[Database]:
    with fresh_database(target_server, "cases") as found:
        yield found


@pytest.fixture(scope="module")
def cases(database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Case]:
    """What the command says, by strategy and situation."""
    shell = Shell(tmp_path_factory.mktemp("cases"), database, database)
    ended = shell.run("wal", f"--target={database.dsn}", "--cases", "--json")
    assert ended.status == 0, ended.said
    return {(case["strategy"], case["situation"]): case["bill"] for case in ended.data["cases"]}


def test_cases_lock_update_and_commit_as_postgresql_does(cases: dict[tuple[str, str], Case]) -> None:
    found = {name: (bill["locks"], bill["hot_updates"], bill["commits"]) for name, bill in cases.items()}

    assert found == EXPECTED


@pytest.mark.parametrize("strategy", ["cte_upsert", "quiet_upsert", "published"])
def test_fresh_rows_write_nothing_at_all(cases: dict[tuple[str, str], Case], strategy: str) -> None:
    bill = cases[strategy, "fresh"]

    assert (bill["bytes"], bill["kinds"]) == (0, [])
    # Whoever reads the system's tables prunes their pages: making and filling the table of the cases left old rows.
    others = ("Heap2/PRUNE", "XLOG/", "Standby/")
    assert [kind["name"] for kind in bill["without_xid"] if not kind["name"].startswith(others)] == []


def test_page_says_what_the_command_measures(cases: dict[tuple[str, str], Case]) -> None:
    on_page = {
        (strategy, situation): (int(locks.replace(",", "")), hot == "100%", int(commits), float(bytes_a_row))
        for strategy, situation, bytes_a_row, _, locks, hot, commits in LINE.findall(PAGE.read_text(encoding="utf-8"))
    }

    measured = {
        name: (bill["locks"], bill["hot_share"] == 1.0, bill["commits"], bill["bytes"] / ROWS)
        for name, bill in cases.items()
    }

    assert {name: figures[:3] for name, figures in on_page.items()} == {
        name: figures[:3] for name, figures in measured.items()
    }
    # Page images depend on what the server did before.
    assert {name: figures[3] for name, figures in measured.items()} == pytest.approx(
        {name: figures[3] for name, figures in on_page.items()}, rel=0.1
    )


def test_cases_leave_nothing_on_the_server(cases: dict[tuple[str, str], Case], database: Database) -> None:
    assert cases
    assert database.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%pgsluice%'") == 0


def test_example_of_the_page_runs(database: Database) -> None:
    database.execute("CREATE TABLE hosts (id int PRIMARY KEY, seen int); INSERT INTO hosts VALUES (7, 1), (8, 1)")
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    code = code.replace("postgresql://localhost/shop", database.dsn)

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)

    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r"\d+ bytes, 0 locks, HOT 1.0\n0 commits\n", ended.stdout)


def test_cases_without_a_target_start_a_server(tmp_path: Path) -> None:
    ended = subprocess.run(
        [PROGRAM, "wal", "--cases", "--rows", "200"],
        capture_output=True, text=True, cwd=tmp_path, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert len(LINE.findall(ended.stdout)) == len(EXPECTED)
    # No count stands on another line than its kind.
    assert all(line[2].isalpha() for line in ended.stdout.splitlines() if line.startswith("  "))
    assert max(map(len, ended.stdout.splitlines())) <= 80
