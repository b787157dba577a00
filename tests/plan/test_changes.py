"""What has changed since the last run: listed by name in the plan, and where a resume is refused for it."""

from __future__ import annotations

import asyncio
import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from commands import KEEP, KEY, OTHER_KEY, Shell
from pgsluice import api
from pgsluice._core import Key
from pgsluice.config.rules import parse_rules
from pgsluice.driver import Dsn
from pgsluice.plan.changes import changes
from servers import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server
    from pgsluice.plan.model import CopyPlan

# One worker runs them all: they share what one copy left, and put back what they change.
pytestmark = [pytest.mark.db, pytest.mark.xdist_group("changes")]

SOURCE = """
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, born date, plan text);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, total numeric(8,2), note text);
CREATE TABLE gone (id int PRIMARY KEY);
INSERT INTO users VALUES (1, 'a@b.test', '2000-01-01', 'x'); INSERT INTO orders VALUES (1, 1, 2, 'n');
"""
RULES = """
[columns]
"*.id" = "keep"
"users.email" = "email"
"*.born" = { mask = "shift-date", days = 30 }
"users.plan" = { mask = "fixed", value = "canary-4a7f" }
"*.total" = { mask = "noise", ratio = 0.1 }
"*.note" = { mask = "keep", reason = "a test" }
"""
#: What is done to the source and to the rules, and what is told of it.
CASES: dict[str, tuple[str, tuple[str, str], list[str]]] = {
    "nothing": ("", ("", ""), []),
    "new table": ("CREATE TABLE new (id int)", ("", ""), ['table "public.new" is new']),
    "gone table": ("DROP TABLE gone", ("", ""), ['table "public.gone" is gone']),
    "new column": (
        "ALTER TABLE users ADD nick text",
        ('"*.id"', '"*.nick" = "hash"\n"*.id"'),
        ['table "public.users", column "nick" is new (text, hash)'],
    ),
    "gone column": ("ALTER TABLE users DROP plan", ("", ""), ['table "public.users", column "plan" is gone']),
    "type": (
        "ALTER TABLE orders ALTER total TYPE numeric(9,2)",
        ("", ""),
        ['table "public.orders", column "total": type changed: numeric(8,2) -> numeric(9,2)'],
    ),
    "mask": ("", ('"email"', '"hash"'), ['table "public.users", column "email": mask changed: email -> hash']),
    "mask of a key and of what follows it": (
        "",
        ('"*.id" = "keep"', '"users.id" = "key"\n"*.id" = "keep"'),
        [
            'table "public.orders", column "user_id": mask changed: keep -> key',
            'table "public.users", column "id": mask changed: keep -> key',
        ],
    ),
    "domain": (
        "",
        ('"email"', '{ mask = "email", domain = "mail" }'),
        ['table "public.users", column "email": domain changed: domain email -> mail'],
    ),
    "parameters": (
        "",
        ("days = 30", "days = 31"),
        ['table "public.users", column "born": parameters changed of mask "shift-date"'],
    ),
    "a literal": (
        "",
        ("canary-4a7f", "canary-93c1"),
        ['table "public.users", column "plan": parameters changed of mask "fixed"'],
    ),
    "reason": ("", ("a test", "another reason"), []),
    "format": (
        "ALTER TABLE gone ADD o regclass",
        ('"*.id"', '"*.o" = "keep"\n"*.id"'),
        [
            'table "public.gone": format changed: binary -> text',
            'table "public.gone", column "o" is new (regclass, keep)',
        ],
    ),
    "rows": (
        "",
        ("[columns]", '[tables."public.gone"]\nrows = "none"\n[columns]'),
        ['table "public.gone": rows changed: copied -> structure only'],
    ),
    "key": (
        "ALTER TABLE gone DROP CONSTRAINT gone_pkey",
        ("", ""),
        ['table "public.gone": key changed: primary key -> ctid'],
    ),
}


@pytest.fixture(scope="module")
def copied(source_server: Server, target_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """What a copy left."""
    with fresh_database(source_server, "source") as source, fresh_database(target_server, "target") as target:
        source.execute(SOURCE)
        shell = Shell(tmp_path_factory.mktemp("changes"), source, target)
        ended = shell.copy(RULES)
        assert ended.status == 0, ended.said
        yield shell


@pytest.fixture
def altered(copied: Shell) -> Iterator[Shell]:
    """The same, for tests that change the source."""
    yield copied
    copied.source.execute(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {SOURCE}")


def replanned(shell: Shell, rules: str, *, key: bytes = KEY, tables: tuple[str, ...] = ()) -> CopyPlan:
    return asyncio.run(
        api.plan(
            Dsn.parse(shell.source.dsn, role="source"),
            parse_rules(tomllib.loads(f"version = 1\n{rules}"), name="rules"),
            Key(key),
            target=Dsn.parse(shell.target.dsn, role="target"),
            tables=tables,
        )
    )


@pytest.mark.parametrize("what", CASES)
def test_changes_since_the_last_run_are_told_by_name(altered: Shell, what: str) -> None:
    sql, (old, new), expected = CASES[what]
    altered.source.execute(sql or "SELECT")

    found = replanned(altered, RULES.replace(old, new, 1))

    assert found.last_run is not None
    assert found.changes is not None
    assert [str(change) for change in found.changes] == expected
    assert "canary" not in repr(found.changes) + repr(found.notes)


def test_changes_of_a_constraint_name_the_table(copied: Shell) -> None:
    copied.target.execute("ALTER TABLE users ADD CONSTRAINT one UNIQUE (email)")
    try:
        found = replanned(copied, RULES)
    finally:
        copied.target.execute("ALTER TABLE users DROP CONSTRAINT one")

    assert [str(change) for change in found.changes or ()] == [
        'table "public.users": limits, constraints or word lists changed'
    ]


def test_changes_are_shown_by_the_plan_and_where_a_resume_is_refused(altered: Shell) -> None:
    rules = RULES.replace('"email"', '"hash"').replace("canary-4a7f", "canary-93c1")
    lines = [
        'table "public.users", column "email": mask changed: email -> hash',
        'table "public.users", column "plan": parameters changed of mask "fixed"',
    ]

    planned = altered.plan(rules, f"--target={altered.target.dsn}")
    ended = altered.copy(rules)

    assert planned.status == 0, planned.said
    assert "copy begins anew only with --restart" in planned.stdout
    assert (ended.status, "rules, tables or columns have changed" in ended.stderr) == (3, True), ended.said
    assert ended.data["error"]["problems"] == lines
    for line in lines:
        assert f"  {line}\n" in planned.stdout
        assert f"  {line}\n" in ended.stderr
    assert "canary" not in planned.said + ended.said


def test_changes_that_are_none_are_said_to_be_none(copied: Shell) -> None:
    planned = copied.plan(RULES, f"--target={copied.target.dsn}")

    assert planned.status == 0, planned.said
    assert "nothing has changed since the last run" in planned.stdout
    assert "copy has nothing to do" in planned.stdout


def test_changes_hold_no_parameter_in_the_target(copied: Shell) -> None:
    outline = copied.target.value("SELECT plan_outline::text FROM _pgsluice.run")

    assert "canary" not in outline
    assert json.loads(outline)["tables"]["public.users"]["columns"]["born"][:2] == ["date", "shift-date"]


def test_changes_of_a_chosen_part_are_told_as_left_out(copied: Shell) -> None:
    found = replanned(copied, RULES, tables=("public.users",))

    reason = "(no --tables pattern matches it)"
    assert [str(change) for change in found.changes or ()] == [
        f'table "public.gone" is gone {reason}',
        f'table "public.orders" is gone {reason}',
    ]


def test_changes_under_another_key_leave_parameters_out_and_say_so(copied: Shell) -> None:
    found = replanned(copied, RULES.replace("days = 30", "days = 31"), key=OTHER_KEY)

    assert found.changes == ()
    assert any("with another key copy needs --restart" in note for note in found.notes)


def test_changes_from_another_source_are_not_compared(copied: Shell, source_server: Server) -> None:
    with fresh_database(source_server, "other") as other:
        other.execute(SOURCE)

        found = replanned(Shell(copied.directory, other, copied.target), KEEP)

    assert found.changes is None
    assert any("of another source" in note for note in found.notes)


@pytest.mark.parametrize("outline", ["null", "{}", '{"version": 9}', '{"version": 1, "tables": {"public.users": 3}}'])
def test_changes_since_an_outline_that_cannot_be_read_are_not_claimed(copied: Shell, outline: str) -> None:
    copied.target.execute("ALTER TABLE _pgsluice.run ADD old jsonb; UPDATE _pgsluice.run SET old = plan_outline")
    copied.target.execute("UPDATE _pgsluice.run SET plan_outline = $1::jsonb", outline)
    try:
        found = replanned(copied, RULES)
    finally:
        copied.target.execute("UPDATE _pgsluice.run SET plan_outline = old; ALTER TABLE _pgsluice.run DROP old")

    assert (found.changes, found.problems) == (None, ())


def test_changes_since_a_state_of_an_older_format_are_not_claimed(copied: Shell) -> None:
    copied.target.execute("ALTER TABLE _pgsluice.run RENAME plan_outline TO later")
    try:
        found = replanned(copied, RULES)
    finally:
        copied.target.execute("ALTER TABLE _pgsluice.run RENAME later TO plan_outline")

    assert (found.changes, found.problems) == (None, ())


def test_changes_are_none_of_an_outline_that_is_nonsense() -> None:
    assert changes({"version": 1, "tables": []}, {"version": 1, "tables": {}}, left_out={}) is None
