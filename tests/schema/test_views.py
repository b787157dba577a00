"""Materialized views: filled in the order of their needs, also where they are already; one that fails is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

TABLES = "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE other (id int);"
# Their names and OIDs are in the wrong order.
VIEWS = """
CREATE VIEW between AS SELECT n FROM t;
CREATE MATERIALIZED VIEW c AS SELECT sum(n) AS n FROM between;
CREATE MATERIALIZED VIEW b AS SELECT n + 1 AS n FROM c;
CREATE MATERIALIZED VIEW a AS SELECT n + 1 AS n FROM b;
CREATE MATERIALIZED VIEW not_filled AS SELECT n FROM t WITH NO DATA;
CREATE MATERIALIZED VIEW elsewhere AS SELECT count(*) AS n FROM other;
"""
ROWS = "INSERT INTO t VALUES (1, 10), (2, 20);"


def test_views_are_filled_where_the_source_has_filled_them(shell: Shell) -> None:
    shell.source.execute(TABLES + ROWS + VIEWS)

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert shell.target.fetch("SELECT a.n, b.n, c.n FROM a, b, c") == [(32, 31, 30)]
    assert not shell.target.value("SELECT relispopulated FROM pg_class WHERE relname = 'not_filled'")


def test_views_over_copied_tables_are_filled_again_where_they_are_already(shell: Shell) -> None:
    shell.source.execute(TABLES + ROWS)
    shell.target.execute(TABLES + VIEWS + "INSERT INTO other VALUES (1)")

    ended = shell.copy(KEEP, "--tables=t")

    assert ended.status == 0, ended.said
    assert shell.target.fetch("SELECT a.n, b.n, c.n FROM a, b, c") == [(32, 31, 30)]
    assert shell.target.fetch("SELECT n FROM not_filled ORDER BY n") == [(10,), (20,)]
    assert shell.target.value("SELECT n FROM elsewhere") == 0  # Nothing of this copy is in it.


def test_view_that_cannot_be_filled_is_named_and_all_else_is_done(shell: Shell) -> None:
    shell.source.execute(TABLES + ROWS + "CREATE MATERIALIZED VIEW v AS SELECT 100 / n AS n FROM t")
    shell.source.execute("UPDATE t SET n = 0; CREATE INDEX ON t (n)")

    ended = shell.copy(KEEP)

    assert ended.status == 1, ended.said
    assert [item["object"] for item in ended.data["objects_failed"]] == ['materialized view "public.v"']
    assert shell.target.value("SELECT count(*) FROM pg_indexes WHERE tablename = 't'") == 2
    shell.source.execute("UPDATE t SET n = 1")
    shell.target.execute("UPDATE t SET n = 1")
    again = shell.copy(KEEP)
    assert again.status == 0, again.said
    assert shell.target.value("SELECT sum(n) FROM v") == 200
