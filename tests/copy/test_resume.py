"""A copy that was killed: the next run goes on and the result is whole, or it is refused and nothing changes."""

from __future__ import annotations

import json
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from people import RULES, differences, expected_people, make_people, read_people

from commands import KEEP, KEY, OTHER_KEY, Shell
from servers import fresh_database
from stopping import SMALL, kill, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pgsluice.embedded import Server

# One worker runs them all: they share what one killed copy left.
pytestmark = [pytest.mark.db, pytest.mark.chaos, pytest.mark.xdist_group("resume")]

ROWS = 20_000


@pytest.fixture(scope="module")
def killed(source_server: Server, target_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """What a killed copy left. Tests put back what they change, the last one finishes the copy."""
    with fresh_database(source_server, "source") as source, fresh_database(target_server, "target") as target:
        make_people(source, ROWS)
        shell = Shell(tmp_path_factory.mktemp("killed"), source, target)
        kill(shell, shell.copy_arguments(RULES, *SMALL))
        yield shell


def state(shell: Shell) -> list[tuple[object, ...]]:
    """What a refused run must leave as it was."""
    return [
        tuple(row)
        for row in shell.target.fetch(
            """SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM friends),
                      (SELECT count(*) FROM _pgsluice.batch), (SELECT count(*) FROM _pgsluice.audit),
                      (SELECT fencing_token FROM _pgsluice.run)"""
        )
    ]


def test_killed_copy_left_rows_that_agree_with_its_checkpoints(killed: Shell) -> None:
    counts = "SELECT count(*) FROM people"
    batches = "SELECT coalesce(sum(row_count), 0)::int8 FROM _pgsluice.batch WHERE table_name = 'people'"

    assert 0 < killed.target.value(counts) < ROWS
    assert killed.target.value(counts) == killed.target.value(batches)
    assert killed.target.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'people'") == 0


OTHER_RULES = RULES.replace('"length": 40', '"length": 41').replace("length = 40", "length = 41")


@pytest.mark.parametrize(
    ("rules", "key", "arguments", "word"),
    [
        (OTHER_RULES, KEY, (), "rules, tables or columns have changed"),
        (RULES, OTHER_KEY, (), "it has key"),
        (RULES, KEY, ("--tables=public.people",), "rules, tables or columns have changed"),
    ],
    ids=["other rules", "other key", "fewer tables"],
)
def test_resume_with_another_plan_is_refused(
    killed: Shell, rules: str, key: bytes, arguments: tuple[str, ...], word: str
) -> None:
    before = state(killed)

    ended = killed.copy(rules, *arguments, key=key)

    assert (ended.status, word in ended.stderr) == (3, True), ended.said
    assert state(killed) == before


def test_resume_from_another_source_is_refused(killed: Shell, source_server: Server) -> None:
    before = state(killed)
    with fresh_database(source_server, "source") as other:
        make_people(other, 5)

        ended = Shell(killed.directory, other, killed.target).copy(RULES)

    assert (ended.status, "another source" in ended.stderr) == (3, True), ended.said
    assert state(killed) == before


def test_resume_after_a_column_was_added_is_refused(killed: Shell) -> None:
    before = state(killed)
    killed.source.execute("ALTER TABLE people ADD diagnosis text DEFAULT 'canary-7f3a91'")
    try:
        ended = killed.copy(RULES)
        kept = killed.copy(
            RULES.replace('id = "keep"', 'id = "keep"\ndiagnosis = { mask = "keep", reason = "a test" }', 1)
        )
    finally:
        killed.source.execute("ALTER TABLE people DROP diagnosis")

    assert (ended.status, '"diagnosis" (text) is neither masked nor kept' in ended.stderr) == (3, True), ended.said
    assert (kept.status, "have changed" in kept.stderr) == (3, True), kept.said
    assert "canary" not in ended.said + kept.said
    assert state(killed) == before


#: What somebody did to the state, and how it is put back.
TAMPERED = {
    "last key changed": (
        "UPDATE _pgsluice.batch SET last_key = set_byte(last_key, 30, get_byte(last_key, 30) # 1)",
        "UPDATE _pgsluice.batch SET last_key = set_byte(last_key, 30, get_byte(last_key, 30) # 1)",
    ),
    "last key unreadable": (
        "ALTER TABLE _pgsluice.batch ADD old bytea; UPDATE _pgsluice.batch SET old = last_key, last_key = '\\x07'",
        "UPDATE _pgsluice.batch SET last_key = old; ALTER TABLE _pgsluice.batch DROP old",
    ),
    "count changed": (
        "UPDATE _pgsluice.batch SET row_count = row_count + 1 WHERE batch_number = 1",
        "UPDATE _pgsluice.batch SET row_count = row_count - 1 WHERE batch_number = 1",
    ),
    "digest changed": (
        "UPDATE _pgsluice.batch SET digest = set_byte(digest, 0, get_byte(digest, 0) # 1) WHERE batch_number = 2",
        "UPDATE _pgsluice.batch SET digest = set_byte(digest, 0, get_byte(digest, 0) # 1) WHERE batch_number = 2",
    ),
    "last batch deleted": (
        """CREATE TABLE _pgsluice.away AS SELECT * FROM _pgsluice.batch ORDER BY batch_number DESC LIMIT 1;
           DELETE FROM _pgsluice.batch WHERE batch_number = (SELECT batch_number FROM _pgsluice.away)""",
        "INSERT INTO _pgsluice.batch SELECT * FROM _pgsluice.away; DROP TABLE _pgsluice.away",
    ),
    "first batch deleted": (
        """CREATE TABLE _pgsluice.away AS SELECT * FROM _pgsluice.batch WHERE batch_number = 1;
           DELETE FROM _pgsluice.batch WHERE batch_number = 1""",
        "INSERT INTO _pgsluice.batch SELECT * FROM _pgsluice.away; DROP TABLE _pgsluice.away",
    ),
    "all batches deleted": (
        "CREATE TABLE _pgsluice.away AS TABLE _pgsluice.batch; DELETE FROM _pgsluice.batch",
        "INSERT INTO _pgsluice.batch SELECT * FROM _pgsluice.away; DROP TABLE _pgsluice.away",
    ),
    "audit record changed": (
        "UPDATE _pgsluice.audit SET record = replace(record, '\"rows\":100', '\"rows\":101') WHERE sequence = 4",
        "UPDATE _pgsluice.audit SET record = replace(record, '\"rows\":101', '\"rows\":100') WHERE sequence = 4",
    ),
    "audit record deleted": (
        """CREATE TABLE _pgsluice.away AS SELECT * FROM _pgsluice.audit WHERE sequence = 2;
           DELETE FROM _pgsluice.audit WHERE sequence = 2""",
        "INSERT INTO _pgsluice.audit SELECT * FROM _pgsluice.away; DROP TABLE _pgsluice.away",
    ),
    "newer format": (
        "UPDATE _pgsluice.run SET format_version = format_version + 1",
        "UPDATE _pgsluice.run SET format_version = format_version - 1",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_resume_from_changed_state_is_refused(killed: Shell, what: str) -> None:
    change, undo = TAMPERED[what]
    killed.target.execute(change)
    before = state(killed)
    try:
        ended = killed.copy(RULES)
        after = state(killed)
    finally:
        killed.target.execute(undo)

    assert (ended.status, "hint:" in ended.stderr) == (3, True), ended.said
    assert after == before


def test_resume_audit_file_tells_the_same_chain(killed: Shell) -> None:
    lines = [json.loads(line) for path in killed.audit_directory.iterdir() for line in path.read_text().splitlines()]
    prepared = [line["hash"] for line in lines if line["state"] == "prepared"]
    stored = [row["hash"] for row in killed.target.fetch("SELECT hash FROM _pgsluice.audit ORDER BY sequence")]

    assert prepared[: len(stored)] == stored
    assert len(prepared) - len(stored) in {0, 1}


def test_resume_finishes_with_the_rows_of_the_oracle(killed: Shell) -> None:
    ended = killed.copy(RULES, *SMALL)

    assert ended.status == 0, ended.said
    assert (ended.data["resumed"], ended.data["snapshots"]) == (True, 2)
    assert differences(expected_people(killed.source, every=9), read_people(killed.target)) == {}
    again = killed.copy(RULES)
    assert (again.status, again.data["already_done"]) == (0, True), again.said
    assert "nothing to do" in again.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_copy_stopped_by_a_signal_ends_with_130_and_goes_on(shell: Shell, number: int) -> None:
    make_people(shell.source, 5_000)

    stopped = stop(shell, shell.copy_arguments(RULES, *SMALL), number)
    sessions = shell.target.value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgsluice' AND datname = current_database()"
    )
    kept = shell.target.value("SELECT count(*) FROM people")
    resumed = shell.copy(RULES)

    assert (stopped.status, sessions) == (130, 0), stopped.said
    assert "the same command goes on from there" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert 0 < kept < 5_000
    assert resumed.status == 0, resumed.said
    assert differences(expected_people(shell.source, every=9), read_people(shell.target)) == {}


def test_restart_after_a_kill_copies_anew(shell: Shell) -> None:
    make_people(shell.source, 5_000)
    kill(shell, shell.copy_arguments(RULES, *SMALL))
    shell.source.execute("DELETE FROM friends; DELETE FROM people WHERE id < 100")

    ended = shell.copy(RULES, "--restart", key=OTHER_KEY)

    assert ended.status == 0, ended.said
    assert (ended.data["resumed"], ended.data["snapshots"]) == (False, 1)
    assert shell.target.value("SELECT count(*) FROM people") == 4_901
    assert shell.target.value("SELECT count(*) FROM friends") == 0


def test_resume_of_a_table_without_key_starts_it_again(shell: Shell, tmp_path: Path) -> None:
    shell.source.execute("CREATE TABLE t AS SELECT n, md5(n::text) AS v FROM generate_series(1, 20000) AS n")
    rules = KEEP
    kill(shell, shell.copy_arguments(rules, *SMALL))
    shutil.rmtree(shell.audit_directory)  # The file is a second copy: without it the chain goes on in the target.

    ended = shell.copy(rules)

    assert ended.status == 0, ended.said
    assert shell.target.fetch("SELECT count(*), count(DISTINCT n) FROM t") == [(20000, 20000)]
