"""`pgsluice partitions` as a user calls it: what it prints, refuses and ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from partition_samples import DEFAULT, EVENTS, NUMBERS

from commands import Ended, Shell
from hostile_names import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Database

pytestmark = pytest.mark.db
FEBRUARY = {
    "partition": "public.events_p202402",
    "from": "'2024-02-01 00:00:00+00'",
    "to": "'2024-03-01 00:00:00+00'",
    "rows_moved": 2,
}


@pytest.fixture
def shell(tmp_path: Path, target_db: Database) -> Shell:
    return Shell(tmp_path, target_db, target_db)


def run(shell: Shell, verb: str, *arguments: str) -> Ended:
    return shell.run("partitions", verb, f"--target={shell.target.dsn}", *arguments)


def names(shell: Shell, table: str) -> list[str]:
    rows = shell.target.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1",
        table,
    )
    return [row["name"] for row in rows]


def test_ensure_tells_what_it_made_and_then_that_nothing_is_missing(shell: Shell) -> None:
    shell.target.execute(EVENTS)

    first = run(shell, "ensure", "--table=public.events", "--by=month", "--ahead=1")
    second = run(shell, "ensure", "--table=events", "--by=month", "--ahead=1")

    assert (first.status, first.stderr) == (0, "")
    made = [line.split()[1] for line in first.stdout.splitlines()]
    assert made == [f"public.{name}" for name in names(shell, "events")]
    assert len(made) == 2
    assert (second.status, second.stdout) == (0, "")
    assert "nothing to make: table public.events has all partitions" in second.stderr


def test_dry_run_makes_nothing_and_json_lists_it(shell: Shell) -> None:
    shell.target.execute(
        f"{EVENTS}{DEFAULT}; INSERT INTO events (at) SELECT '2024-02-05+00' FROM generate_series(1, 2)"
    )
    options = (
        "--table=events",
        "--by=month",
        "--ahead=0",
        "--from=2024-02-01",
        "--to=2024-02-29T23:59:59+00:00",
        "--json",
    )

    dry = run(shell, "ensure", *options, "--dry-run")
    assert names(shell, "events") == ["events_default"]
    done = run(shell, "ensure", *options)

    assert dry.data["dry_run"]
    assert dry.data["made"][0] == FEBRUARY | {"rows_moved": 0}
    assert not done.data["dry_run"]
    assert done.data["made"][0] == FEBRUARY
    assert done.data["warnings"] == []


def test_drain_empties_the_default_partition(shell: Shell) -> None:
    shell.target.execute(f"{EVENTS}{DEFAULT}; INSERT INTO events (at) VALUES ('2024-02-05+00'), ('2001-01-01+00')")

    ended = run(shell, "ensure", "--table=events", "--by=month", "--drain")

    assert ended.status == 0, ended.said
    assert ended.stdout.count("1 rows from the default partition") == 2
    assert shell.target.value("SELECT count(*) FROM events_default") == 0


def test_detach_keeps_what_is_asked_for(shell: Shell) -> None:
    shell.target.execute(NUMBERS.format(type="int8"))
    run(shell, "ensure", "--table=numbers", "--by=10", "--from=-20", "--to=39", "--ahead=0")
    shell.target.execute("INSERT INTO numbers VALUES (35)")
    options = ("--table=numbers", "--by=10", "--keep=2")

    dry = run(shell, "detach", *options, "--dry-run")
    done = run(shell, "detach", *options, "--json")
    again = run(shell, "detach", *options)

    assert dry.stdout.splitlines() == [f"would detach  public.numbers_{name}" for name in ("pm20", "pm10", "p0")]
    assert done.data["detached"] == ["public.numbers_pm20", "public.numbers_pm10", "public.numbers_p0"]
    assert names(shell, "numbers") == ["numbers_p10", "numbers_p20", "numbers_p30"]
    assert "nothing to detach" in again.stderr


def test_detach_by_time_takes_a_duration(shell: Shell) -> None:
    shell.target.execute(
        EVENTS + "CREATE TABLE y1999 PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2000-01-01+00')"
    )

    ended = run(shell, "detach", "--table=events", "--by=year", "--keep=90d")

    assert ended.stdout.split() == ["detached", "public.y1999"]


def test_keys_and_queries_that_do_not_fit_are_warned_of(shell: Shell) -> None:
    shell.target.execute(EVENTS)
    options = (
        "--table=events",
        "--by=year",
        "--conflict-columns=id",
        "--query-columns=note, id",
        "--query=at::date = $1",
    )

    ended = run(shell, "ensure", *options, "--json")

    codes = [warning["code"] for warning in ended.data["warnings"]]
    assert codes == ["conflict-without-partition-key", "query-without-partition-key", "partition-key-in-function"]
    assert ended.status == 0
    assert ended.stderr.count("warning: ") == 3


@pytest.mark.parametrize(
    ("verb", "arguments", "status", "text"),
    [
        ("ensure", ("--table=events", "--by=hour"), 2, "expected day, week, month, year or a number"),
        ("ensure", ("--table=events", "--by=0"), 2, "expected a whole number of at least 1"),
        ("ensure", ("--table=events", "--by=day", "--from=2024-01-01"), 2, "belong together"),
        ("ensure", ("--table=events", "--by=day", "--from=x", "--to=y"), 2, "expected a day or a moment"),
        ("ensure", ("--table=a.b.c", "--by=day"), 2, "expected schema.table"),
        ("ensure", ("--table=missing", "--by=day"), 3, 'cannot find table "public.missing"'),
        ("ensure", ("--table=events", "--by=10"), 3, "expected by to be a unit of time"),
        ("ensure", ("--table=events", "--by=day", "--from=1970-01-01", "--to=2024-01-01"), 3, "more than 1000"),
        ("detach", ("--table=events", "--by=day"), 2, "without knowing what stays"),
        ("detach", ("--table=events", "--by=day", "--keep=soon"), 2, "expected a count, or a time like 90d"),
        ("detach", ("--table=events", "--by=day", "--keep=1", "--keep-distance=1"), 2, "found both"),
    ],
)
def test_what_makes_no_sense_is_refused(
    shell: Shell, verb: str, arguments: tuple[str, ...], status: int, text: str
) -> None:
    shell.target.execute(EVENTS)

    ended = run(shell, verb, *arguments)

    assert ended.status == status, ended.said
    assert text in ended.stderr
    assert names(shell, "events") == []


@pytest.mark.parametrize("name", ['"', "line\nfeed", "a.b", '"a"."b"', "n" * 63, " blank "])
def test_hostile_names_are_given_in_quotes(shell: Shell, name: str) -> None:
    q = quoted(name)
    shell.target.execute(f"CREATE SCHEMA {q}; CREATE TABLE {q}.{q} ({q} int NOT NULL) PARTITION BY RANGE ({q})")

    ended = run(shell, "ensure", f"--table={q}.{q}", "--by=10", "--ahead=0", "--json")

    assert ended.status == 0, ended.said
    assert shell.target.value(f"INSERT INTO {q}.{q} VALUES (5) RETURNING 1") == 1
