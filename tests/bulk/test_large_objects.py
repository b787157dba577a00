"""Large objects: left out, or copied as they are by the user's word; whole, once, and in bounded memory."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bulk.roles import dsn_as
from commands import KEEP, KEY, Ended
from pgsluice import api, points
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.pipeline.settings import CopySettings, RetrySettings
from pgsluice.sources.large_objects import HEAD_BYTES, PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

RULES = KEEP + '[large-objects]\nreason = "forms that everybody may read"\n'
MIB = 1024 * 1024
#: Around what is read at once.
LENGTHS = (0, 1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, HEAD_BYTES + PIECE_BYTES, HEAD_BYTES + PIECE_BYTES + 1)
TABLE = "CREATE TABLE doc (id int PRIMARY KEY, body oid)"
#: Objects of all lengths, 200 small ones, and one with a hole; a table that refers to some.
OBJECTS = f"""
    SELECT lo_from_bytea(5000 + n, convert_to(left(repeat(md5(n::text), 40000), length), 'UTF8'))
      FROM unnest(ARRAY{list(LENGTHS)}) WITH ORDINALITY AS l (length, n);
    SELECT lo_from_bytea(6000 + n, convert_to('object ' || n, 'UTF8')) FROM generate_series(1, 200) n;
    SELECT lo_create(7000); SELECT lo_put(7000, 3000000, 'behind a hole');
    {TABLE}; INSERT INTO doc SELECT n, 6000 + n FROM generate_series(1, 50) n;
"""
COUNT = len(LENGTHS) + 200 + 1


def objects(database: Database) -> dict[int, tuple[int, str]]:
    """Length and content of each object."""
    rows = database.fetch("SELECT oid, length(lo_get(oid)) AS n, md5(lo_get(oid)) AS m FROM pg_largeobject_metadata")
    return {row["oid"]: (row["n"], row["m"]) for row in rows}


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


def plan(shell: Shell, *arguments: str, rules: str = RULES) -> Ended:
    return shell.run(
        "plan",
        "--json",
        f"--source={shell.source.dsn}",
        f"--target={shell.target.dsn}",
        f"--rules={shell.rules(rules)}",
        f"--key-file={shell.key_file()}",
        *arguments,
    )


def test_large_objects_are_copied_whole_under_their_own_oids(shell: Shell) -> None:
    shell.source.execute(OBJECTS)

    ended = shell.copy(RULES, "--large-objects", "--jobs=2")

    assert "large objects belong to the role that copies; their comments and privileges are left out" in "".join(
        ended.data["notes"]
    )
    expected = objects(shell.source)
    assert ended.status == 0, ended.said
    assert len(expected) == COUNT
    assert objects(shell.target) == expected
    size_bytes = sum(length for length, _ in expected.values())
    assert ended.data["large_objects"] == {"objects": COUNT, "bytes": size_bytes}
    assert shell.target.value("SELECT count(*) FROM doc JOIN pg_largeobject_metadata m ON m.oid = body") == 50
    again = shell.copy(RULES, "--large-objects")
    assert (again.status, again.data["already_done"]) == (0, True), again.said


def test_large_objects_are_left_out_by_default_and_the_plan_counts_them(shell: Shell) -> None:
    shell.source.execute(OBJECTS)

    planned = plan(shell)
    ended = shell.copy(RULES)

    [left_out] = [item for item in planned.data["objects_left_out"] if "large" in item["object"]]
    assert left_out["object"] == f"{COUNT} large objects"
    assert left_out["reason"].endswith("columns that may refer to them: public.doc.body")
    assert ended.status == 0, ended.said
    assert (objects(shell.target), ended.data["large_objects"]) == ({}, None)


@pytest.mark.parametrize(
    ("rules", "status", "word"),
    [
        (KEEP, 3, '[large-objects] reason = "..."'),
        (KEEP + "[large-objects]\n", 2, '"reason" takes a string'),
        (KEEP + '[large-objects]\nreason = "x"\nmask = "null"\n', 2, 'unrecognized word "mask"'),
    ],
    ids=["nothing", "no reason", "another word"],
)
def test_large_objects_without_a_reason_in_the_rules_are_refused(
    shell: Shell, rules: str, status: int, word: str
) -> None:
    shell.source.execute(OBJECTS)

    ended = shell.copy(rules, "--large-objects")

    assert (ended.status, word in ended.stderr) == (status, True), ended.said
    assert objects(shell.target) == {}


def test_large_objects_that_the_role_may_not_read_are_counted_and_refused(shell: Shell, reader: str) -> None:
    shell.source.execute(
        f"""{TABLE}; GRANT SELECT ON doc TO {reader};
            SELECT lo_create(n) FROM generate_series(1, 5) n;
            GRANT SELECT ON LARGE OBJECT 1, 2 TO {reader}; GRANT SELECT ON LARGE OBJECT 3 TO PUBLIC"""
    )
    shell.target.execute(TABLE)

    ended = shell.copy(RULES, "--large-objects", f"--source={dsn_as(shell.source, reader)}")

    assert ended.status == 3, ended.said
    assert "2 of 5 large objects cannot be read by the source's role" in ended.stderr


def test_large_object_that_the_target_has_is_refused_before_the_first_row(shell: Shell) -> None:
    shell.source.execute(OBJECTS)
    shell.target.execute("SELECT lo_from_bytea(6100, 'of somebody else'), lo_create(1)")

    ended = shell.copy(RULES, "--large-objects")

    assert ended.status == 3, ended.said
    assert "the target has 1 of the source's large objects already" in ended.stderr
    assert set(objects(shell.target)) == {1, 6100}
    assert shell.target.value("SELECT to_regclass('doc') IS NULL AND to_regclass('_pgsluice.run') IS NULL")


KILLS = [
    ("large-objects-read", 2),
    ("large-object-piece-sent", 2),
    ("large-objects-sent", 1),
    ("large-objects-committed", 1),
    ("commit-begins", 2),
]


@pytest.mark.chaos
@pytest.mark.parametrize(("point", "nth"), KILLS, ids=[point for point, _ in KILLS])
def test_kill_loses_and_doubles_no_large_object(shell: Shell, point: str, nth: int) -> None:
    shell.source.execute(OBJECTS)
    traps = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": f"{point}:{nth}:kill"}

    killed = replace(shell, environment=traps).copy(RULES, "--large-objects")
    between = objects(shell.target)
    resumed = shell.copy(RULES, "--large-objects")

    expected = objects(shell.source)
    assert killed.status == -signal.SIGKILL, killed.said
    assert between.items() <= expected.items()  # Each that is there is whole.
    assert resumed.status == 0, resumed.said
    assert objects(shell.target) == expected
    status = shell.run("status", "--json", f"--target={shell.target.dsn}", f"--key-file={shell.key_file()}")
    assert status.data[0]["audit_problem"] is None, status.said


@pytest.mark.chaos
def test_restart_takes_away_what_the_run_copied_and_nothing_else(shell: Shell) -> None:
    shell.source.execute(OBJECTS)
    traps = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": "large-objects-committed:1:kill"}
    replace(shell, environment=traps).copy(RULES, "--large-objects")
    shell.target.execute("SELECT lo_from_bytea(1, 'of somebody else')")
    shell.source.execute("SELECT lo_unlink(6001), lo_unlink(5002)")

    ended = shell.copy(RULES, "--large-objects", "--restart")

    found = objects(shell.target)
    assert ended.status == 0, ended.said
    assert found.pop(1)[0] == len("of somebody else")
    assert found == objects(shell.source)


def test_resume_with_or_without_large_objects_as_it_was_begun(shell: Shell) -> None:
    shell.source.execute(OBJECTS)
    shell.copy(RULES)

    ended = shell.copy(RULES, "--large-objects")

    assert (ended.status, "it was begun without --large-objects" in ended.stderr) == (3, True), ended.said


async def copy_here(shell: Shell) -> api.CopyReport:
    return await api.copy(
        Dsn.parse(shell.source.dsn, role="source"),
        Dsn.parse(shell.target.dsn, role="target"),
        shell.rules(RULES),
        Key(KEY),
        audit_directory=shell.audit_directory,
        settings=CopySettings(has_large_objects=True, retry=RetrySettings(delay_ms=20, delay_ms_max=500)),
    )


def end_sessions(database: Database) -> None:
    database.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'pgsluice%' "
        "AND datname = current_database()"
    )


FAULTS: dict[str, tuple[str, Callable[[Shell], Any]]] = {
    "source sessions end": ("large-object-piece-sent", lambda shell: end_sessions(shell.source)),
    "target sessions end": ("large-object-piece-sent", lambda shell: end_sessions(shell.target)),
    "target crashes before a commit": ("large-objects-sent", lambda shell: shell.target.server.crash()),
    "target crashes behind a commit": ("large-objects-committed", lambda shell: shell.target.server.crash()),
}


@pytest.mark.chaos
@pytest.mark.parametrize("what", FAULTS)
async def test_large_objects_survive_lost_sessions_and_crashes(shell: Shell, what: str) -> None:
    point, act = FAULTS[what]
    shell.source.execute(OBJECTS)
    points.arm(points.Traps([points.Trap(point, 1, lambda: act(shell))]))

    report = await copy_here(shell)

    assert not report.failed
    assert [failure.error.detail for failure in report.objects_failed] == []
    assert objects(shell.target) == objects(shell.source)


async def test_large_object_that_appeared_meanwhile_fails_them_and_not_the_tables(shell: Shell) -> None:
    shell.source.execute(OBJECTS)
    write = "SELECT lo_from_bytea(7000, 'of somebody else')"
    points.arm(points.Traps([points.Trap("large-objects-read", 1, lambda: shell.target.execute(write))]))

    report = await copy_here(shell)

    assert [failure.label for failure in report.objects_failed] == ["large objects"]
    assert "23505" in (report.objects_failed[0].error.detail or "")
    assert shell.target.value("SELECT count(*) FROM doc") == 50
    assert shell.target.value("SELECT state FROM _pgsluice.run") == "failed"


def peak_bytes(shell: Shell, *arguments: str) -> int:
    """Copy, and give the peak memory of the process."""
    with shell.start(*shell.copy_arguments(RULES, "--large-objects", *arguments)) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, process.communicate()
    return usage.ru_maxrss * 1024


@pytest.mark.slow
def test_large_object_of_100_megabytes_takes_hardly_more_memory_than_a_small_one(shell: Shell) -> None:
    shell.source.execute("SELECT lo_from_bytea(8000, 'small')")
    small = peak_bytes(shell)
    shell.source.execute(
        """SELECT lo_create(9000);
           SELECT count(lo_put(9000, n * 1048576::int8, decode(repeat(md5(n::text), 65536), 'hex')))
             FROM generate_series(0, 99) n"""
    )

    large = peak_bytes(shell, "--restart")

    assert objects(shell.target)[9000][0] == 100 * MIB
    assert large - small < 24 * MIB
