"""Keys that order a table's rows: whatever their type, batches of one row miss none and bring none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

BY_ROW = ("--batch-rows=1", "--batch-bytes=1")

SETUP = """
CREATE EXTENSION citext; CREATE EXTENSION ltree;
CREATE TYPE mood AS ENUM ('z', 'a', 'm');
CREATE DOMAIN code AS text CHECK (VALUE <> 'never');
"""

#: Table, its columns with their key, the rows.
TABLES = {
    "int8_key": ("k int8 PRIMARY KEY", ["-9223372036854775808", "0", "9223372036854775807"]),
    "text_key": ("k text PRIMARY KEY", ["''", "'a'", "'B'", "'ä'", "'''\"\\%s'", "E'x\\n'", "'{}'", "'NULL'"]),
    "citext_key": ("k citext PRIMARY KEY", ["'a'", "'B'", "'c'", "'D'", "'e'", "'F'"]),
    "citext_pair": ("k citext, n int, PRIMARY KEY (k, n)", ["'a', 1", "'B', 2", "'B', 1", "'c', 0", "'D', 5"]),
    "ltree_key": ("k ltree PRIMARY KEY", ["'b'", "'a.b'", "'a'", "'B.c'"]),
    "domain_key": ("k code PRIMARY KEY", ["'b'", "'a'", "''"]),
    "enum_key": ("k mood PRIMARY KEY", ["'z'", "'a'", "'m'"]),
    "numeric_key": ("k numeric PRIMARY KEY", ["'NaN'", "'Infinity'", "'-Infinity'", "1.50", "1.5001", "-1e-20"]),
    "float_key": ("k float8 PRIMARY KEY", ["'NaN'", "0.1", "'-Infinity'", "0.30000000000000004", "0.3", "5e-324"]),
    "time_key": ("k timestamptz PRIMARY KEY", ["'infinity'", "'-infinity'", "'4000-01-01 BC'", "now()"]),
    "interval_key": ("k interval PRIMARY KEY", ["'1 mon'", "'29 days'", "'-1 year 1 day'", "'infinity'"]),
    "bytea_key": ("k bytea PRIMARY KEY", ["''", "'\\x00'", "'\\xff00'", "'\\x5c'"]),
    "uuid_key": ("k uuid PRIMARY KEY", ["gen_random_uuid()", "gen_random_uuid()", "gen_random_uuid()"]),
    "char_key": ("k char(3) PRIMARY KEY", ["'a'", "' a'", "''", "'abc'"]),
    "one_char_key": ('k "char" PRIMARY KEY', ["''", "'a'", "'\\377'"]),
    "name_key": ("k name PRIMARY KEY", ["'a'", "'B'", "repeat('n', 63)"]),
    "bit_key": ("k bit(3) PRIMARY KEY", ["B'000'", "B'101'", "B'111'"]),
    "inet_key": ("k inet PRIMARY KEY", ["'10.0.0.1'", "'10.0.0.1/8'", "'::1'", "'0.0.0.0/0'"]),
    "money_key": ("k money PRIMARY KEY", ["-5", "1234567.89", "0"]),
    "jsonb_key": ("k jsonb PRIMARY KEY", ["'{\"a\": \"''\"}'", "'[]'", "'1'", "'\"x\"'"]),
    "mixed_key": ("a bool, b date, c text, PRIMARY KEY (a, b, c)", [
        "true, 'infinity', ''", "false, '2000-01-01', 'x'", "true, '-infinity', 'y'", "true, '-infinity', 'x'",
    ]),
    "unique_not_null": ("k int NOT NULL UNIQUE, v text", ["1, 'a'", "3, NULL", "2, 'c'"]),
    "unique_null": ("k int UNIQUE", ["1", "NULL", "NULL", "2"]),
    "array_key": ("k int[] PRIMARY KEY", ["'{1}'", "'{}'", "'{1,2}'"]),
    "no_key": ("k int", ["5", "5", "NULL", "1"]),
    "no_column": ("", ["", "", ""]),
    # A unique index may tell values apart that the column's own order holds to be equal.
    "other_operators": ("k citext NOT NULL", ["'a'", "'A'", "'b'", "'B'"]),
}  # fmt: skip
INDEXES = """
CREATE UNIQUE INDEX ON other_operators (k text_ops);
"""


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_batches_of_one_row_bring_every_row_once(shell: Shell, extract: str) -> None:
    shell.source.execute(SETUP)
    for name, (columns, rows) in TABLES.items():
        shell.source.execute(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            shell.source.execute(f"INSERT INTO {name} " + (f"VALUES ({row})" if row else "DEFAULT VALUES"))
    shell.source.execute(INDEXES)

    ended = shell.copy(KEEP, *BY_ROW, f"--extract={extract}")

    assert ended.status == 0, ended.said
    for name in TABLES:
        statement = f"SELECT t::text AS row FROM {name} AS t ORDER BY 1"
        assert shell.source.fetch(statement) == shell.target.fetch(statement), name


def test_copy_without_a_key_under_parallel_plans_brings_every_row_once(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t AS SELECT n, repeat('x', 60) AS v FROM generate_series(1, 100000) AS n")
    shell.source.execute("ANALYZE t")
    settings = ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size", "enable_tidscan")
    for name in settings:
        shell.source.execute(f'ALTER DATABASE "{shell.source.name}" SET {name} = 0')

    ended = shell.copy(KEEP, "--batch-rows=20000", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    assert shell.target.fetch("SELECT count(*), count(DISTINCT n) FROM t") == [(100000, 100000)]
