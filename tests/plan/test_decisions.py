"""Who decides a column: its table's entry, else the key it refers to, else the first pattern that matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from planning import decisions, masks

if TYPE_CHECKING:
    from planning import Planner

pytestmark = pytest.mark.db


def test_decision_table_entry_wins_over_patterns_and_the_first_pattern_over_later(plan: Planner) -> None:
    found = plan(
        "CREATE TABLE a (id int PRIMARY KEY, x text, y text, z text)",
        """
        [columns]
        "a.y" = "token"
        "*.y" = "text"
        "*.x" = "text"
        "type:text" = "hash"
        "*" = "keep"
        [tables."public.a".columns]
        x = "email"
        """,
    )

    assert found.problems == ()
    assert masks(found) == {"a.id": "keep", "a.x": "email", "a.y": "token", "a.z": "hash"}


@pytest.mark.parametrize(
    ("pattern", "columns"),
    [
        ("*.v", {"t.v", "u.v"}),
        ("t.v", {"t.v"}),
        ("public.t.*", {"t.v", "t.n", "t.d", "t.ts"}),
        ("other.*", {"u.v"}),
        ("type:character varying", {"t.v"}),
        ("type:timestamp with time zone", {"t.ts"}),
        ("type:timestamp*", {"t.ts"}),
        ("type:*[[]]", set()),
        ("type:public.word", {"t.d"}),
        ("type:*.word", {"t.d"}),
        ("type:numeric", {"t.n"}),
        ("T.V", set()),
        ("v", set()),
    ],
)
def test_decision_pattern_matches_names_and_types(plan: Planner, pattern: str, columns: set[str]) -> None:
    found = plan(
        """CREATE DOMAIN public.word AS text; CREATE SCHEMA other; CREATE TABLE other.u (v text);
           CREATE TABLE t (v varchar(9), n numeric(9,2), d word, ts timestamptz(3))""",
        f"""
        [columns]
        "{pattern}" = "null"
        "*" = {{ mask = "keep", reason = "a test" }}
        """,
    )

    assert found.problems == ()
    assert {column for column, mask in masks(found).items() if mask == "null"} == columns


def test_decision_foreign_keys_follow_through_chains_to_themselves_and_in_pairs(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE a (k text PRIMARY KEY, up text REFERENCES a);
           CREATE TABLE b (k text PRIMARY KEY REFERENCES a);
           CREATE TABLE c (id int PRIMARY KEY, k text REFERENCES b);
           CREATE TABLE p (x text, y text, PRIMARY KEY (x, y));
           CREATE TABLE q (id int PRIMARY KEY, y2 text, x2 text, FOREIGN KEY (x2, y2) REFERENCES p (x, y))""",
        """
        [columns]
        "a.k" = "token"
        "p.x" = "token"
        "p.y" = { mask = "hash", domain = "ys" }
        "*.id" = "keep"
        "*" = { mask = "keep", reason = "a pattern must not win over a key" }
        """,
    )

    token_a, token_p = ("token", "column public.a.k"), ("token", "column public.p.x")
    assert found.problems == ()
    assert {column: how for column, how in decisions(found).items() if how[0] != "keep"} == {
        "a.k": token_a,
        "a.up": token_a,
        "b.k": token_a,
        "c.k": token_a,
        "p.x": token_p,
        "p.y": ("hash", "ys"),
        "q.x2": token_p,
        "q.y2": ("hash", "ys"),
    }


def test_decision_foreign_keys_in_a_circle_are_decided_by_patterns(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE a (k text PRIMARY KEY); CREATE TABLE b (k text PRIMARY KEY REFERENCES a);
           ALTER TABLE a ADD FOREIGN KEY (k) REFERENCES b""",
        '[columns]\n"*.k" = { mask = "hash", domain = "ks" }',
    )

    assert found.problems == ()
    assert decisions(found) == {"a.k": ("hash", "ks"), "b.k": ("hash", "ks")}


def test_decision_foreign_keys_in_a_circle_take_an_entry_all_around(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE a (k text PRIMARY KEY); CREATE TABLE b (k text PRIMARY KEY REFERENCES a);
           CREATE TABLE c (k text PRIMARY KEY REFERENCES b); ALTER TABLE a ADD FOREIGN KEY (k) REFERENCES c""",
        '[tables."public.b".columns]\nk = "token"',
    )

    token = ("token", "column public.b.k")
    assert found.problems == ()
    assert decisions(found) == {"a.k": token, "b.k": token, "c.k": token}


def test_decision_column_in_two_keys_with_other_masks_is_refused(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE a (k text PRIMARY KEY); CREATE TABLE b (k text PRIMARY KEY);
           CREATE TABLE c (k text REFERENCES a REFERENCES b)""",
        '[columns]\n"a.k" = "token"\n"b.k" = "token"',
    )

    assert len(found.problems) == 1
    assert 'table "public.c", column "k" refers to "public.b"."k", and their masks differ' in found.problems[0]


@pytest.mark.parametrize("rule", ['"hash"', '{ mask = "keep", reason = "a test" }', '{ mask = "token", prefix = "x" }'])
def test_decision_entry_that_breaks_a_foreign_key_is_refused(plan: Planner, rule: str) -> None:
    found = plan(
        "CREATE TABLE a (k text PRIMARY KEY); CREATE TABLE b (k text REFERENCES a)",
        f'[tables."public.a".columns]\nk = "token"\n[tables."public.b".columns]\nk = {rule}',
    )

    assert len(found.problems) == 1
    assert 'table "public.b", column "k" refers to "public.a"."k", and their masks differ' in found.problems[0]


@pytest.mark.parametrize("mask", ["null", "default"])
def test_decision_entry_that_empties_a_foreign_key_is_taken(plan: Planner, mask: str) -> None:
    found = plan(
        "CREATE TABLE a (k text PRIMARY KEY); CREATE TABLE b (k text REFERENCES a)",
        f'[tables."public.a".columns]\nk = "token"\n[tables."public.b".columns]\nk = "{mask}"',
    )

    assert found.problems == ()


def test_decision_foreign_key_of_another_type_with_a_mask_is_refused(plan: Planner) -> None:
    definition = "CREATE TABLE a (k int8 PRIMARY KEY); CREATE TABLE b (k int4 REFERENCES a)"

    found = plan(definition, '[columns]\n"a.k" = "key"')

    assert len(found.problems) == 1
    assert 'refers to "public.a"."k" of another type' in found.problems[0]


def test_decision_foreign_key_of_another_type_that_is_kept_is_taken(plan: Planner) -> None:
    found = plan("CREATE TABLE a (k int8 PRIMARY KEY); CREATE TABLE b (k int4 REFERENCES a)", '[columns]\n"*" = "keep"')

    assert found.problems == ()


def test_decision_key_that_refers_to_a_longer_one_shortens_both(plan: Planner) -> None:
    """token, email and hash fit themselves to varchar(n): with two limits the key and what refers to it differed, and
    the constraint broke when the last row was copied. Nothing told before."""
    found = plan(
        "CREATE TABLE a (k varchar(30) PRIMARY KEY); CREATE TABLE b (k varchar(12) REFERENCES a)",
        '[columns]\n"a.k" = "token"',
    )

    assert len(found.problems) == 1
    assert 'table "public.a", column "k": mask "token" may give one result for two values' in found.problems[0]


def test_decision_partitions_use_the_rules_of_their_root(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE m (id int, at date, email text) PARTITION BY RANGE (at);
           CREATE TABLE m_a PARTITION OF m FOR VALUES FROM (MINVALUE) TO ('2000-01-01') PARTITION BY LIST (id);
           CREATE TABLE m_a_1 PARTITION OF m_a DEFAULT;
           CREATE TABLE m_b PARTITION OF m DEFAULT;
           CREATE TABLE m_c PARTITION OF m FOR VALUES FROM ('2010-01-01') TO (MAXVALUE)""",
        """
        [columns]
        "m.email" = "token"
        "*.id" = "keep"
        "type:date" = "keep"
        [tables."public.m_c".columns]
        email = "email"
        """,
    )

    assert found.problems == ()
    assert {k: v for k, v in decisions(found).items() if k.endswith("email")} == {
        "m_a_1.email": ("token", "column public.m.email"),
        "m_b.email": ("token", "column public.m.email"),
        "m_c.email": ("email", "domain email"),
    }


def test_decision_masked_partition_key_is_refused_on_every_level(plan: Planner) -> None:
    found = plan(
        """CREATE TABLE m (id int, at date) PARTITION BY RANGE (at);
           CREATE TABLE m_a PARTITION OF m DEFAULT PARTITION BY LIST (id);
           CREATE TABLE m_a_1 PARTITION OF m_a DEFAULT""",
        '[columns]\n"*.id" = "key"\n"*.at" = "shift-date"',
    )

    assert [problem.split(" decides")[0] for problem in found.problems] == [
        'table "public.m_a_1", column "id"',
        'table "public.m_a_1", column "at"',
    ]


def test_decision_generated_column_needs_no_rule_and_takes_none(plan: Planner) -> None:
    definition = "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)"

    found = plan(definition, '[columns]\n"*.id" = "keep"')
    assert found.problems == ()
    assert masks(found) == {"t.id": "keep", "t.twice": "generated"}


def test_decision_rule_for_a_generated_column_is_refused(plan: Planner) -> None:
    found = plan(
        "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)",
        '[tables."public.t".columns]\nid = "keep"\ntwice = "keep"',
    )

    assert found.problems == ('table "public.t", column "twice" is generated by the target: take it out of the rules',)


def test_decision_names_with_quotes_are_told_apart(plan: Planner) -> None:
    found = plan('CREATE TABLE "a"".""b" ("c"" and "".""d" int)', "")

    name = 'table "public.a"".""b", column "c"" and "".""d" (integer)'
    assert [problem.partition(" is neither")[0] for problem in found.problems] == [name]
