"""Plans into tables that are already there: what is missing or narrower is refused, other types go as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planning import Planner

pytestmark = pytest.mark.db

KEEP = '[columns]\n"*" = { mask = "keep", reason = "a test" }'

#: Column on the source, on the target, and the words of the one problem; None where there is none.
CASES = {
    "equal": ("v text", "v text", None),
    "missing": ("v text", "other text", 'column "v" does not exist on the target'),
    "narrower": ("v varchar(20)", "v varchar(10)", "narrower on the target (character varying(10))"),
    "narrower than none": ("v text", "v varchar(10)", "narrower on the target"),
    "wider": ("v varchar(10)", "v varchar(20)", None),
    "narrower by a domain": ("v varchar(20)", "v tiny", "narrower on the target (public.tiny)"),
    "narrower array": ("v varchar(20)[]", "v varchar(10)[]", "narrower on the target"),
    "generated there": ("v text", "v text GENERATED ALWAYS AS ('x') STORED", "is generated on the target"),
    "generated here": ("v text GENERATED ALWAYS AS ('x') STORED", "v text", None),
    "more columns there": ("v text", "v text, more text", None),
}
#: Column on the source and on the target, the format, and why.
FORMATS = {
    "same": ("v int4", "v int4", "binary", "every type"),
    "domain here": ("v whole", "v int4", "binary", "every type"),
    "domain there": ("v int4", "v whole", "binary", "every type"),
    "wider number": ("v int4", "v int8", "text", 'column "v" is integer on the source, bigint on the target'),
    "float to numeric": ("v float8", "v numeric", "text", "double precision on the source, numeric on the target"),
    "json": ("v json", "v jsonb", "text", "json on the source, jsonb on the target"),
    "varchar to text": ("v varchar(9)", "v text", "text", "character varying(9) on the source, text on the target"),
    "enum of another schema": ("v mood", "v far.mood", "text", "public.mood on the source, far.mood on the target"),
    "array to its element": ("v int4[]", "v int4", "text", "integer[] on the source, integer on the target"),
    "name of an object": ("v regclass", "v regclass", "text", "type regclass is an object's number in binary"),
}
DEFINITIONS = """
CREATE DOMAIN tiny AS varchar(3); CREATE DOMAIN whole AS int4; CREATE SCHEMA far;
CREATE TYPE mood AS ENUM ('a'); CREATE TYPE far.mood AS ENUM ('a');
"""


@pytest.mark.parametrize("what", CASES)
def test_plan_target_column_fits_or_is_refused(plan: Planner, what: str) -> None:
    here, there, words = CASES[what]

    found = plan(f"{DEFINITIONS} CREATE TABLE t ({here})", KEEP, target=f"{DEFINITIONS} CREATE TABLE t ({there})")

    if words is None:
        assert found.problems == ()
    else:
        assert len(found.problems) == 1
        assert words in found.problems[0]
        assert 'table "public.t", column "v"' in found.problems[0]


@pytest.mark.parametrize("what", FORMATS)
def test_plan_target_type_decides_the_format(plan: Planner, what: str) -> None:
    here, there, copy_format, reason = FORMATS[what]

    found = plan(f"{DEFINITIONS} CREATE TABLE t ({here})", KEEP, target=f"{DEFINITIONS} CREATE TABLE t ({there})")

    assert found.problems == ()
    assert (found.tables[0].format, reason in found.tables[0].format_reason) == (copy_format, True)


def test_plan_target_limit_holds_for_masks(plan: Planner) -> None:
    found = plan("CREATE TABLE t (v text)", '[columns]\n"*" = "email"', target="CREATE TABLE t (v varchar(5))")

    assert len(found.problems) == 1
    assert 'column "v"' in found.problems[0]


def test_plan_target_not_null_and_unique_hold_for_masks(plan: Planner) -> None:
    found = plan(
        "CREATE TABLE t (a text, b text)",
        '[columns]\n"*.a" = "null"\n"*.b" = "city"',
        target="CREATE TABLE t (a text NOT NULL, b text UNIQUE)",
    )

    assert ['column "a"' in found.problems[0], 'column "b"' in found.problems[1]] == [True, True]


def test_plan_target_table_missing_is_refused(plan: Planner) -> None:
    found = plan("CREATE TABLE t (a int); CREATE TABLE u (a int)", KEEP, target="CREATE TABLE u (a int)")

    assert [problem[:48] for problem in found.problems] == ['table "public.t" does not exist on the target: c']


def test_plan_masked_column_of_another_type_on_the_target_keeps_its_own_form(plan: Planner) -> None:
    found = plan("CREATE TABLE t (v varchar(9))", '[columns]\n"*" = "hash"', target="CREATE TABLE t (v text)")

    assert found.problems == ()
    assert found.tables[0].format == "text"
