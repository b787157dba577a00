"""Verifies copies of every type, every mask and every shape of table: what the copy does right is equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from people import RULES as PEOPLE_RULES
from people import make_people
from test_shapes import SOURCE as SHAPES
from test_types import make_source as make_types

from commands import KEEP
from verified import copied, found_in

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db


async def test_verify_every_type_kept_is_equal(shell: Shell) -> None:
    make_types(shell.source)
    pair = copied(shell, KEEP)

    report = await pair.verify()

    assert found_in(report) == set()
    assert {column.state for table in report.tables for column in table.columns} == {"equal"}
    columns = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'"
    assert sum(table.kept for table in report.tables) == shell.source.value(columns)


async def test_verify_nested_values_changed_are_found(shell: Shell) -> None:
    make_types(shell.source)
    pair = copied(shell, KEEP)
    changed = {
        "u_enums": "ARRAY['sad']::mood[]",
        "u_pairs": "ARRAY[ROW('x', 9)]::pair[]",
        "u_deep": "ROW(ROW('a', 1), ARRAY[ROW('b', 2)]::pair[], 'sad', NULL, '2000-01-01')::deep",
        "x_citexts": "ARRAY['a', 'A']::citext[]",
        "a_numeric": "ARRAY['NaN', 1.501, NULL]::numeric[]",
        "d_percents": "ARRAY[1, 99]::percents",
    }
    for column, value in changed.items():
        pair.spoil(f"UPDATE everything SET {column} = {value} WHERE id = 0")

    report = await pair.verify()

    columns = {("column", f"public.everything.{column}", 1) for column in changed}
    assert found_in(report) == {("table", "public.everything", 0)} | columns


async def test_verify_every_mask_is_equal(shell: Shell) -> None:
    make_people(shell.source, 400)
    pair = copied(shell, PEOPLE_RULES)

    report = await pair.verify()

    assert found_in(report) == set()
    people = next(table for table in report.tables if table.label == "public.people")
    assert {column.state for column in people.columns} == {"equal"}
    assert people.masked == 22


async def test_verify_every_mask_in_a_table_that_goes_by_text_is_equal(shell: Shell) -> None:
    make_people(shell.source, 400, extra=", kind regtype DEFAULT 'int4'")
    pair = copied(shell, '[columns]\n"*.kind" = "keep"\n' + PEOPLE_RULES)

    report = await pair.verify()

    assert found_in(report) == set()


async def test_verify_tables_of_every_shape_are_equal(shell: Shell) -> None:
    for statement in SHAPES.strip().split(";\n"):
        shell.source.execute(statement)
    pair = copied(shell, KEEP)

    report = await pair.verify()

    assert found_in(report) == set()
    rows = {table.label: table.rows_target for table in report.tables}
    assert rows["public.no_column"] == 2
    assert rows["public.wide"] == 2
    assert rows["public.parent"] == 1
