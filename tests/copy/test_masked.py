"""Masked copies, each row compared with what the oracle, a second program, makes of the source's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from people import PEOPLE, RULES, differences, expected_people, make_people, read_people

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

ROWS = 1000


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_masked_rows_are_those_of_the_oracle(shell: Shell, extract: str) -> None:
    make_people(shell.source, ROWS)

    ended = shell.copy(RULES, f"--extract={extract}", "--batch-rows=100", "--batch-bytes=1", "--jobs=2")

    assert ended.status == 0, ended.said
    assert differences(expected_people(shell.source), read_people(shell.target)) == {}


def test_copy_masked_as_text_rows_are_those_of_the_oracle(shell: Shell) -> None:
    make_people(shell.source, ROWS, extra=", forcing regclass DEFAULT 'people'")

    ended = shell.copy(
        RULES.replace('id = "keep"', 'id = "keep"\nforcing = "keep"', 1), "--batch-rows=300", "--batch-bytes=1"
    )

    assert ended.status == 0, ended.said
    formats = {table["table"]: table["format"] for table in ended.data["tables"]}
    assert formats == {"public.people": "text", "public.friends": "binary"}
    assert differences(expected_people(shell.source), read_people(shell.target)) == {}
    assert shell.target.value("SELECT count(*) FROM people WHERE forcing = 'people'::regclass") == ROWS


def test_copy_foreign_keys_are_masked_like_their_keys(shell: Shell) -> None:
    make_people(shell.source, ROWS)
    joined = "SELECT count(*) FROM friends AS f JOIN people AS p USING (email) WHERE f.n = p.id"

    ended = shell.copy(RULES)

    assert ended.status == 0, ended.said
    assert shell.target.value(joined) == shell.source.value(joined) > 200
    assert (
        shell.target.value(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid = 'friends'::regclass"
        )
        == 1
    )


def test_copy_null_stays_null_and_nothing_else_becomes_null(shell: Shell) -> None:
    make_people(shell.source, 50)
    nulls = "SELECT " + ", ".join(f"count({column.name})" for column in PEOPLE) + " FROM people"

    ended = shell.copy(RULES)

    assert ended.status == 0, ended.said
    assert shell.source.fetch(nulls) == shell.target.fetch(nulls)


def test_copy_twice_with_one_key_gives_equal_rows(shell: Shell) -> None:
    make_people(shell.source, 50)
    shell.copy(RULES)
    first = read_people(shell.target)

    ended = shell.copy(RULES, "--restart")

    assert ended.status == 0, ended.said
    assert read_people(shell.target) == first


def test_copy_with_a_random_key_gives_other_rows_each_time(shell: Shell) -> None:
    make_people(shell.source, 50)
    arguments = [argument for argument in shell.copy_arguments(RULES, "--random-key") if "--key-file" not in argument]
    shell.run(*arguments)
    first = {row["secret"] for row in read_people(shell.target).values()} - {None}

    ended = shell.run(*arguments, "--restart")

    assert ended.status == 0, ended.said
    assert first.isdisjoint({row["secret"] for row in read_people(shell.target).values()} - {None})
