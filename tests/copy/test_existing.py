"""Copies into tables that are already there, with other types, and the keys that masks must not break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_into_columns_of_other_types_goes_as_text(shell: Shell, extract: str) -> None:
    shell.source.execute(
        """CREATE TABLE t (id int4 PRIMARY KEY, f float4, j json, c char(5), b bool, v varchar(9), a int4[], x text);
           INSERT INTO t VALUES (2147483647, 0.1, '{"a": 1}', 'ab', true, E'tab\\t\\\\N', '{1,NULL}', NULL),
                                (-1, 'NaN', 'null', '', false, '\\.', '{}', '7')"""
    )
    shell.target.execute(
        "CREATE TABLE t (x int, id int8 PRIMARY KEY, f numeric, j jsonb, c char(7), b text, v text, a text, more text)"
    )

    ended = shell.copy(KEEP, f"--extract={extract}")

    assert ended.status == 0, ended.said
    assert ended.data["tables"][0]["format"] == "text"
    assert shell.target.fetch("SELECT id, f::text, j::text, c::text, b, v, a, x, more FROM t ORDER BY id") == [
        (-1, "NaN", "null", "", "f", "\\.", "{}", 7, None),
        (2147483647, "0.1", '{"a": 1}', "ab", "t", "tab\t\\N", "{1,NULL}", None, None),
    ]


def test_copy_keys_of_two_limits_are_masked_alike(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE a (k varchar(60) PRIMARY KEY); CREATE TABLE b (k varchar(30) REFERENCES a);
           CREATE TABLE c (k text REFERENCES a); INSERT INTO a VALUES ('one'), ('two');
           INSERT INTO b VALUES ('one'), ('two'); INSERT INTO c VALUES ('two')"""
    )

    ended = shell.copy('[columns]\n"a.k" = "token"\n')

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT count(*) FROM a JOIN b USING (k)") == 2
    assert shell.target.value("SELECT count(*) FROM a JOIN c USING (k)") == 1


def test_copy_casts_of_the_source_never_run(shell: Shell) -> None:
    """Whoever owns a type may make a cast of it to text; reading by it would run their function with our rights."""
    shell.source.execute(
        """CREATE TYPE pair AS (a int, b text);
           CREATE FUNCTION told(pair) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'not the value' $$;
           CREATE CAST (pair AS text) WITH FUNCTION told(pair);
           CREATE TABLE t (id int PRIMARY KEY, p pair, r regclass); INSERT INTO t VALUES (1, '(1,x)', 'pg_class')"""
    )

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert ended.data["tables"][0]["format"] == "text"
    assert shell.target.value("SELECT (p).b FROM t") == "x"
