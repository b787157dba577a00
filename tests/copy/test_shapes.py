"""Tables of every shape: as wide as they get, without columns, without rows, computed, inherited, in partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db


SOURCE = f"""
CREATE TABLE wide ({", ".join(f"c{n} int" for n in range(1600))});
INSERT INTO wide SELECT;
INSERT INTO wide (c0, c1599) VALUES (1, 2);
CREATE TABLE no_column (); INSERT INTO no_column DEFAULT VALUES; INSERT INTO no_column DEFAULT VALUES;
CREATE TABLE no_row (id int PRIMARY KEY, v text);
CREATE TABLE nulls (a text, b int[], c numeric); INSERT INTO nulls DEFAULT VALUES;
CREATE TABLE dropped (gone int, id int PRIMARY KEY, gone_too text, v text);
INSERT INTO dropped VALUES (1, 2, 'x', 'y'); ALTER TABLE dropped DROP gone, DROP gone_too;
CREATE TABLE identity (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
INSERT INTO identity (v) SELECT 'v' || n FROM generate_series(1, 5) AS n; DELETE FROM identity WHERE id = 2;
CREATE TABLE computed (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, w int);
INSERT INTO computed (id, w) VALUES (4, 1), (7, NULL);
CREATE TABLE only_computed (k int GENERATED ALWAYS AS (1) STORED); INSERT INTO only_computed DEFAULT VALUES;
CREATE TABLE parent (id int PRIMARY KEY, v text); INSERT INTO parent VALUES (1, 'of the parent');
CREATE TABLE child (extra text) INHERITS (parent); INSERT INTO child VALUES (1, 'of the child', 'x');
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2000-01-01') PARTITION BY LIST (id);
CREATE TABLE parted_low_1 PARTITION OF parted_low FOR VALUES IN (1);
CREATE TABLE parted_low_rest PARTITION OF parted_low DEFAULT;
CREATE TABLE parted_high (at date NOT NULL, id int NOT NULL);
ALTER TABLE parted ATTACH PARTITION parted_high FOR VALUES FROM ('2000-01-01') TO (MAXVALUE);
INSERT INTO parted VALUES (1, '1999-01-01'), (2, '1999-01-02'), (1, '2001-01-01'), (3, 'infinity');
CREATE UNLOGGED TABLE unlogged (v text); INSERT INTO unlogged VALUES ('u');
CREATE TABLE secured (id int PRIMARY KEY, v text); INSERT INTO secured VALUES (1, 'a'), (2, 'b');
ALTER TABLE secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one ON secured USING (id = 1);
CREATE TABLE big_rows (id int PRIMARY KEY, v text);
INSERT INTO big_rows SELECT n, CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN repeat('x', 300000) END
  FROM generate_series(1, 9) AS n;
CREATE SEQUENCE used START 10 INCREMENT 5; SELECT nextval('used'), nextval('used');
CREATE SEQUENCE unused START 10;
CREATE VIEW looking AS SELECT id FROM no_row;
CREATE MATERIALIZED VIEW filled AS SELECT count(*) AS n FROM parted;
CREATE MATERIALIZED VIEW filled_again AS SELECT n + 1 AS n FROM filled;
CREATE TABLE ring_a (id int PRIMARY KEY, b int);
CREATE TABLE ring_b (id int PRIMARY KEY, a int REFERENCES ring_a DEFERRABLE);
ALTER TABLE ring_a ADD FOREIGN KEY (b) REFERENCES ring_b;
INSERT INTO ring_a VALUES (1, NULL); INSERT INTO ring_b VALUES (2, 1); UPDATE ring_a SET b = 2;
"""
TABLES = [
    "wide", "no_column", "no_row", "nulls", "dropped", "identity", "computed", "only_computed", "ONLY parent", "child",
    "parted", "parted_low_1", "parted_low_rest", "parted_high", "unlogged", "secured", "big_rows", "filled",
    "filled_again", "ring_a", "ring_b",
]  # fmt: skip


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_tables_of_every_shape_are_equal(shell: Shell, extract: str) -> None:
    for statement in SOURCE.strip().split(";\n"):
        shell.source.execute(statement)

    ended = shell.copy(KEEP, f"--extract={extract}", "--batch-rows=2", "--batch-bytes=1", "--jobs=3")

    assert ended.status == 0, ended.said
    for table in TABLES:
        statement = f"SELECT t::text AS row FROM {table} AS t ORDER BY 1"
        assert shell.source.fetch(statement) == shell.target.fetch(statement), table
    assert shell.target.value("SELECT nextval('used')") == 20
    assert shell.target.value("SELECT nextval('unused')") == 10
    assert shell.target.value("INSERT INTO identity (v) VALUES ('next') RETURNING id") == 6


def test_copy_rows_none_makes_the_table_and_brings_no_row(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x')")

    ended = shell.copy(KEEP + '[tables."public.t"]\nrows = "none"\n')

    assert ended.status == 0, ended.said
    assert ended.data["tables"][0]["state"] == "structure only"
    assert shell.target.value("SELECT count(*) FROM t") == 0


def test_copy_default_and_null_take_the_place_of_values_that_have_no_binary_form(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE t (id int PRIMARY KEY, rights aclitem, more aclitem[], day date DEFAULT '2000-01-01');
           INSERT INTO t VALUES (1, '=r/postgres', '{=r/postgres}', '1990-05-05')"""
    )

    ended = shell.copy('[columns]\n"*.id" = "keep"\n"*.rights" = "null"\n"*.more" = "default"\n"*.day" = "default"\n')

    assert ended.status == 0, ended.said
    assert ended.data["tables"][0]["format"] == "text"
    assert shell.target.value("SELECT t::text FROM t") == "(1,,,2000-01-01)"


def test_copy_table_patterns_choose(shell: Shell) -> None:
    shell.source.execute(
        "CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2)"
    )

    ended = shell.copy(KEEP, "--tables=public.a")

    assert ended.status == 0, ended.said
    assert [table["table"] for table in ended.data["tables"]] == ["public.a"]
    assert shell.target.fetch("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(1, 0)]
