"""The command: exit statuses, what it says on which stream, JSON, and that it fits a narrow screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from town import RULES

from commands import KEY, OTHER_KEY

if TYPE_CHECKING:
    from verified import Pair

pytestmark = pytest.mark.db


def test_command_right_copy_ends_with_status_0_and_a_line_a_table(town: Pair) -> None:
    ended = town.run("--jobs=2")

    assert ended.status == 0, ended.said
    lines = ended.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:6]] == [
        ["structure", "public.log"],
        ["ok", "public.orders"],
        ["ok", "public.parted_north"],
        ["ok", "public.parted_rest"],
        ["ok", "public.people"],
        ["ok", "public.visits"],
    ]
    assert lines[6].split("  ")[0] == "unique keys"
    assert "compared: 6 of 6 tables, 1,050 rows of the source" in ended.stderr
    assert max(map(len, lines)) <= 80


def test_command_spoilt_copy_ends_with_status_5_and_says_what_differs(pair: Pair) -> None:
    pair.spoil(
        """UPDATE people SET note = 'person8@mail.example' WHERE id = 9; DELETE FROM orders WHERE id <= 2;
           DELETE FROM people WHERE id = 11; SELECT setval('people_id_seq', 1); DROP INDEX orders_state_idx"""
    )

    ended = pair.run()

    assert ended.status == 5, ended.said
    said = ended.stdout
    for line in (
        "  the source has 500 rows, the target 498\n",
        "  2 rows of the source not on the target\n",
        '  column "note" is not what mask "redact" gives in 1 row\n',
        '  column "note" holds 1 original of masked columns\n',
        "  public.people_id_seq: behind its column\n",
        "  missing: index public.orders_state_idx of public.orders\n",
        '  public.orders "orders_person_fkey": 2 rows without the row of public.people they refer to\n',
    ):
        assert line in said, said
    assert "error: source and target differ: 2 tables, 2 foreign keys, 1 sequence, 1 missing object\n" in ended.stderr


def test_command_json_is_the_whole_report(pair: Pair) -> None:
    pair.spoil("DELETE FROM orders WHERE id <= 2")

    ended = pair.run("--json", "--tables=public.orders")

    assert ended.status == 5, ended.said
    assert ended.data["state"] == "different"
    (orders,) = (table for table in ended.data["tables"] if table["state"] != "left out")
    assert (orders["table"], orders["rows_source"], orders["rows_target"], orders["rows_missing"]) == (
        "public.orders", 500, 498, 2,
    )  # fmt: skip
    assert {column["name"]: column["state"] for column in orders["columns"]}["total"] == "equal"
    assert {table["reason"] for table in ended.data["tables"] if table["state"] == "left out"} == {
        "no --tables pattern matches it"
    }


def test_command_columns_shows_what_was_found_of_each(town: Pair) -> None:
    ended = town.run("--columns", "--no-objects")

    assert ended.status == 0, ended.said
    lines = {tuple(line.split()) for line in ended.stdout.splitlines()}
    assert ("email", "email", "equal,", "300", "of", "300", "values", "changed") in lines
    assert ("shout", "generated", "not", "compared:", "the", "target", "computes", "it") in lines
    assert ("objects", "not", "looked", "for") in lines


def test_command_another_key_is_refused_with_status_3(town: Pair) -> None:
    ended = town.run(key=OTHER_KEY)

    assert ended.status == 3, ended.said
    assert "error: the target was masked with key " in ended.stderr


def test_command_rules_that_leave_a_column_undecided_are_refused_with_status_3(town: Pair) -> None:
    ended = town.run(rules=RULES.replace('email = "email"\n', ""))

    assert ended.status == 3, ended.said
    assert 'table "public.people", column "email"' in ended.stderr


def test_command_other_rules_are_noted_and_their_columns_differ(town: Pair) -> None:
    ended = town.run(rules=RULES.replace("ratio = 0.1", "ratio = 0.2"))

    assert ended.status == 5, ended.said
    assert "note: rules, tables or columns are not those that the copy was made with" in ended.stderr
    assert 'column "balance" is not what mask "noise" gives' in ended.stdout


def test_command_without_rules_or_key_ends_with_status_2(town: Pair) -> None:
    addresses = (f"--source={town.source.dsn}", f"--target={town.target.dsn}")

    without_rules = town.shell.run("verify", *addresses, f"--key-file={town.shell.key_file(KEY)}")
    without_key = town.shell.run("verify", *addresses, f"--rules={town.shell.rules(RULES)}")

    assert (without_rules.status, without_key.status) == (2, 2)


def test_command_source_as_its_own_target_is_refused(town: Pair) -> None:
    ended = town.shell.run(
        "verify",
        f"--source={town.source.dsn}",
        f"--target={town.source.dsn}",
        f"--rules={town.shell.rules(RULES)}",
        f"--key-file={town.shell.key_file(KEY)}",
    )

    assert ended.status == 3, ended.said
    assert "source and target are the same database" in ended.stderr
