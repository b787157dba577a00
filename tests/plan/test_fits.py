"""What a plan refuses because mask, type, limits and constraints do not fit; all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planning import Planner

pytestmark = pytest.mark.db

#: The column's definition, its rule, and the words of the one problem; None where there is none.
CASES = {
    "mask of another type": ("v int", '"email"', 'mask "email" does not take type integer'),
    "mask of another type behind a domain": ("v whole", '"email"', 'mask "email" does not take type public.whole'),
    "mask through a domain": ("v word", '"hash"', None),
    "mask of an array": ("v text[]", '"hash"', None),
    "mask of an array of another type": ("v int[]", '"hash"', 'mask "hash" does not take type integer[]'),
    "mask of a composite": ("v pair", '"hash"', 'mask "hash" does not take type public.pair'),
    "mask of a range": ("v int4range", '"hash"', 'mask "hash" does not take type int4range'),
    "mask without a codec": ("v hstore", '"fixed"', "type public.hstore"),
    "limit too narrow": ("v varchar(4)", '"email"', "the column holds 4"),
    "limit of a domain too narrow": ("v tiny", '"token"', "the column holds 3"),
    "limit of an array too narrow": ("v varchar(3)[]", '"token"', "the column holds 3"),
    "limit that fits": ("v varchar(40)", '"email"', None),
    "lossy on a primary key": ("v text PRIMARY KEY", '"city"', 'mask "city"'),
    "lossy on a unique column": ("v text UNIQUE", '"text"', 'mask "text"'),
    "lossy on one of several unique columns": ("v text, w text DEFAULT '', UNIQUE (v, w)", '"text"', 'mask "text"'),
    "unique on a unique column": ("v text UNIQUE", '"token"', None),
    "null on not null": ("v text NOT NULL", '"null"', "NOT NULL"),
    "null on a primary key": ("v text PRIMARY KEY", '"null"', "NOT NULL"),
    "null on a domain that forbids it": ("v never_null", '"null"', "NOT NULL"),
    "null where it may be": ("v text", '"null"', None),
    "default on not null without one": ("v text NOT NULL", '"default"', "is NOT NULL and has no default"),
    "default on not null with one": ("v text NOT NULL DEFAULT 'x'", '"default"', None),
    "default on identity": ("v int GENERATED ALWAYS AS IDENTITY", '"default"', None),
    "default on a domain that has one": ("v defaulted NOT NULL", '"default"', None),
    "parameter out of bounds": ("v text", '{ mask = "hash", length = 3 }', '"length"'),
    "parameter of another form": ("v text", '{ mask = "hash", length = "many" }', '"length"'),
    "parameter missing": ("v text", '{ mask = "fixed" }', '"value"'),
    "hash longer than its column": ("v varchar(10)", '{ mask = "hash", length = 20 }', "the column holds 10"),
    "kept without a reason": ("v text", '"keep"', "kept without a reason"),
    "kept with a reason": ("v text", '{ mask = "keep", reason = "a test" }', None),
}
DEFINITIONS = """
CREATE EXTENSION hstore;
CREATE DOMAIN whole AS int; CREATE DOMAIN word AS text; CREATE DOMAIN tiny AS varchar(3);
CREATE DOMAIN never_null AS text NOT NULL; CREATE DOMAIN defaulted AS text DEFAULT 'd';
CREATE TYPE pair AS (a text, b text);
"""


@pytest.mark.parametrize("what", CASES)
def test_plan_column_fits_its_rule_or_is_refused(plan: Planner, what: str) -> None:
    definition, rule, words = CASES[what]

    found = plan(
        f"{DEFINITIONS} CREATE TABLE t ({definition})",
        f'[columns]\n"t.v" = {rule}\n"*.w" = {{ mask = "keep", reason = "a test" }}',
    )

    if words is None:
        assert found.problems == ()
    else:
        assert len(found.problems) == 1
        assert words in found.problems[0]
        assert 'table "public.t", column "v"' in found.problems[0]


def test_plan_locale_that_is_not_known_is_refused(plan: Planner) -> None:
    found = plan("CREATE TABLE t (v text)", '[columns]\n"*" = { mask = "city", locale = "xx_XX" }')

    assert found.problems[0].startswith('unrecognized locale "xx_XX"')


def test_plan_without_a_key_is_refused_where_a_mask_needs_one(plan: Planner) -> None:
    found = plan("CREATE TABLE t (a text, b int)", '[columns]\n"*.a" = "hash"\n"*.b" = "keep"', has_key=False)

    assert len(found.problems) == 1
    assert 'column "a"' in found.problems[0]
    assert "key" in found.problems[0]


def test_plan_lists_every_problem_at_once(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE t (undecided text, wrong int, narrow varchar(3), lossy text UNIQUE, emptied text NOT NULL);
           CREATE TABLE u (k text PRIMARY KEY); CREATE TABLE w (k text REFERENCES u, other text)""",
        """
        [tables."public.t".columns]
        wrong = "email"
        narrow = "token"
        lossy = "city"
        emptied = "null"
        emptid = "null"
        [tables."public.uu".columns]
        k = "hash"
        [tables."public.u".columns]
        k = "token"
        [tables."public.w".columns]
        k = "hash"
        """,
    )

    words = [
        'rules name column "emptid" of table "public.t", which does not exist (nearest: "emptied")',
        'rules name table "public.uu", which does not exist (nearest: "public.u")',
        'column "undecided" (text) is neither masked nor kept',
        'column "wrong": mask "email" does not take type integer',
        'column "narrow"',
        'column "lossy"',
        'column "emptied"',
        'table "public.w", column "k" refers to "public.u"."k", and their masks differ',
        'table "public.w", column "other" (text) is neither masked nor kept',
    ]
    assert [word for word in words if not any(word in problem for problem in found.problems)] == []
    assert len(found.problems) == len(words)


def test_plan_tables_of_one_spelling_are_refused(plan: Planner) -> None:
    """Rules, checkpoints and the audit chain say schema.table: the rows of one would count for the other."""
    found = plan(
        """CREATE SCHEMA a; CREATE SCHEMA "a.b"; CREATE TABLE a."b.c" (k int); CREATE TABLE "a.b".c (k text)""",
        '[columns]\n"*" = { mask = "keep", reason = "a test" }',
    )

    assert [problem[:30] for problem in found.problems] == ['2 tables are called "a.b.c" wh']


def test_plan_says_what_is_left_out(plan: Planner) -> None:
    found = plan(
        """CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
           CREATE FOREIGN TABLE away (k int) SERVER far; CREATE TABLE t (k int)""",
        '[columns]\n"*" = "keep"',
    )

    assert [item.label for item in found.left_out] == ["public.away"]
    assert "foreign table" in found.left_out[0].reason
    assert [table.label for table in found.tables] == ["public.t"]
