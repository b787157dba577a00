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
    "array to text": ("v int4[]", "v text", "text", "integer[] on the source, text on the target"),
    "name of an object": ("v regclass", "v regclass", "text", "type regclass is an object's number in binary"),
}
#: Columns of the source and the target that are planned as text, and those that no value could be read as.
READ = [
    ("text", "uuid"), ("text", "date"), ("varchar(40)", "mood"), ("mood", "far.mood"), ("mood", "varchar"),
    ("uuid", "text"), ("bool", "text"), ("int4[]", "int8[]"), ("text[]", "uuid[]"), ("int4range", "int8range"),
    ("int2", "bool"), ("int8", "bool"), ("int4", "money"), ("numeric", "int4"), ("date", "timestamptz"),
    ("timestamptz", "timestamp"), ("timestamp", "time"), ("interval", "time"), ("json", "jsonb"), ("jsonb", "int4"),
    ("inet", "cidr"), ("macaddr", "macaddr8"), ("bit(3)", "varbit"), ("point", "box"), ("oid", "regclass"),
    ("int4", "oid"), ("hstore", "jsonb"), ("xml", "text"), ("bytea", "text"), ("pair", "text"),
]  # fmt: skip
NOT_READ = [
    ("int4", "uuid"), ("uuid", "int8"), ("bool", "int4"), ("bool", "date"), ("int4", "date"), ("date", "int4"),
    ("date", "numeric"), ("timestamptz", "inet"), ("int8", "inet"), ("inet", "int8"), ("uuid", "jsonb"),
    ("timestamp", "jsonb"), ("int4[]", "int4"), ("int4", "int4[]"), ("uuid[]", "int4[]"), ("circle", "date"),
    ("point", "int4"), ("xml", "jsonb"), ("macaddr", "uuid"), ("int4range", "int4"),
    ("pair", "int4"), ("money", "interval"), ("bit(3)", "inet"), ("hstore", "uuid"),
]  # fmt: skip
DEFINITIONS = """
CREATE EXTENSION hstore WITH SCHEMA pg_catalog; CREATE TYPE pair AS (a int, b int);
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


@pytest.mark.parametrize(("pairs", "problem"), [(READ, False), (NOT_READ, True)], ids=["read", "not read"])
def test_plan_other_types_are_text_or_refused(plan: Planner, pairs: list[tuple[str, str]], problem: bool) -> None:
    here = ", ".join(f"c{number} {own}" for number, (own, _) in enumerate(pairs))
    there = ", ".join(f"c{number} {other}" for number, (_, other) in enumerate(pairs))

    found = plan(f"{DEFINITIONS} CREATE TABLE t ({here})", KEEP, target=f"{DEFINITIONS} CREATE TABLE t ({there})")

    assert len(found.problems) == (len(pairs) if problem else 0), found.problems
    assert all("cannot read" in text for text in found.problems)
    assert found.tables[0].format == "text"
    # Each of them is named, not the first one only.
    assert found.tables[0].format_reason.count(" on the target") >= len(pairs) - 2


def test_plan_types_that_no_row_is_read_as_are_taken(plan: Planner) -> None:
    found = plan(
        "CREATE TABLE t (a int, b int); CREATE TABLE u (a int)",
        '[columns]\n"t.a" = "null"\n"t.b" = "default"\n"u.a" = "keep"\n[tables."public.u"]\nrows = "none"',
        target="CREATE TABLE t (a uuid, b uuid); CREATE TABLE u (a uuid)",
    )

    assert found.problems == ()
