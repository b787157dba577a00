"""Large tables cut into slices: whatever the key is and however it lies, every row is in one slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

SLICED = ("--jobs=3", "--slice-bytes=1", "--batch-rows=400", "--batch-bytes=1")
ROWS = 6_000

TABLES = {
    "bigint": "CREATE TABLE t (k bigint PRIMARY KEY); INSERT INTO t SELECT n * 7 FROM generate_series(1, {rows}) n",
    "skewed": "CREATE TABLE t (k bigint PRIMARY KEY); "
    "INSERT INTO t SELECT CASE WHEN n < 5900 THEN n ELSE n * 1000000007::bigint END FROM generate_series(1, {rows}) n",
    "backwards": "CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t SELECT -n FROM generate_series(1, {rows}) n",
    "uuid": "CREATE TABLE t (k uuid PRIMARY KEY); "
    "INSERT INTO t SELECT md5(n::text)::uuid FROM generate_series(1, {rows}) n",
    "text": "CREATE TABLE t (k text PRIMARY KEY); "
    "INSERT INTO t SELECT substr(md5(n::text), 1, 1 + n % 9) || n FROM generate_series(1, {rows}) n",
    "composite": "CREATE TABLE t (a text, b timestamptz, c smallint, PRIMARY KEY (b, a, c)); "
    "INSERT INTO t SELECT 'x' || n % 3, '2020-01-01'::timestamptz + n % 50 * interval '1 day', n / 150 "
    "FROM generate_series(1, {rows}) n",
    "enum": "CREATE TYPE e AS ENUM ('z', 'a', 'm'); CREATE TABLE t (a e, b numeric, PRIMARY KEY (a, b)); "
    "INSERT INTO t SELECT (ARRAY['z', 'a', 'm'])[1 + n % 3]::e, n / 7.0 FROM generate_series(1, {rows}) n",
    "unique index": "CREATE TABLE t (k date NOT NULL UNIQUE); "
    "INSERT INTO t SELECT '1000-01-01'::date + n FROM generate_series(1, {rows}) n",
    "masked key": "CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t SELECT n FROM generate_series(1, {rows}) n",
    "no key": "CREATE TABLE t (k int); INSERT INTO t SELECT n % 10 FROM generate_series(1, {rows}) n",
    "no key, holes": "CREATE TABLE t (k int); INSERT INTO t SELECT n FROM generate_series(1, {rows}) n; "
    "DELETE FROM t WHERE k BETWEEN 1000 AND 4000",
}
# A row as text, of every table: what the servers themselves say is in it.
ALL_ROWS = "SELECT t::text FROM t ORDER BY 1"


@pytest.mark.parametrize("name", TABLES)
def test_sliced_table_is_copied_whole(shell: Shell, name: str) -> None:
    shell.source.execute(TABLES[name].format(rows=ROWS) + "; ANALYZE")

    ended = shell.copy(KEEP, *SLICED)

    assert ended.status == 0, ended.said
    assert shell.target.fetch(ALL_ROWS) == shell.source.fetch(ALL_ROWS)
    slices = shell.target.value("SELECT count(*) FROM _pgsluice.slice")
    used = shell.target.value("SELECT count(DISTINCT slice_number) FROM _pgsluice.batch")
    assert (slices > 3, used > 3) == (True, True), (slices, used)


def test_tables_are_cut_whatever_their_readers_did_before(shell: Shell) -> None:
    """A session that had read a table by its key gave counts as bytes afterwards: the next table was not cut."""
    for name in ("a", "b", "c", "d"):
        shell.source.execute(
            f"CREATE TABLE {name} (k bigint, t text, PRIMARY KEY (k, t)); "
            f"INSERT INTO {name} SELECT n, 'x' || n FROM generate_series(1, 3000) n; ANALYZE {name}"
        )

    ended = shell.copy(KEEP, "--jobs=2", "--slice-bytes=1", "--batch-rows=100", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT count(DISTINCT table_name) FROM _pgsluice.slice") == 4
    assert [shell.target.value(f"SELECT count(*) FROM {name}") for name in ("a", "b", "c", "d")] == [3000] * 4


def test_slices_of_a_sampled_table_hold_about_as_many_rows_each(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (k uuid PRIMARY KEY, filler text)")
    # More pages than a sample for these slices reads.
    shell.source.execute(
        "INSERT INTO t SELECT md5(n::text)::uuid, repeat('x', 900) FROM generate_series(1, 40000) n; ANALYZE"
    )

    ended = shell.copy(KEEP, "--jobs=2", "--slice-bytes=1")

    assert ended.status == 0, ended.said
    rows = [
        row[0] for row in shell.target.fetch("SELECT sum(row_count)::int8 FROM _pgsluice.batch GROUP BY slice_number")
    ]
    assert sum(rows) == 40_000
    assert (len(rows), max(rows) < 1.5 * min(rows)) == (8, True), rows


def test_table_of_one_value_too_few_to_cut_is_copied_whole(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (k int PRIMARY KEY, filler text); INSERT INTO t VALUES (1, repeat('x', 1000))")
    shell.source.execute("CREATE TABLE empty (k int PRIMARY KEY); ANALYZE")

    ended = shell.copy(KEEP, *SLICED)

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT count(*) FROM t") == 1
    assert shell.target.value("SELECT count(*) FROM _pgsluice.slice") == 0


def test_one_job_cuts_nothing(shell: Shell) -> None:
    shell.source.execute(TABLES["bigint"].format(rows=ROWS) + "; ANALYZE")

    ended = shell.copy(KEEP, "--jobs=1", "--slice-bytes=1")

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT count(*) FROM _pgsluice.slice") == 0


def test_status_tells_the_slices_of_a_table(shell: Shell) -> None:
    shell.source.execute(TABLES["bigint"].format(rows=ROWS) + "; ANALYZE")
    shell.copy(KEEP, *SLICED)

    told = shell.run("status", f"--target={shell.target.dsn}", "--all")

    slices = shell.target.value("SELECT count(*) FROM _pgsluice.slice")
    assert f"{slices} slices" in told.stdout, told.said


def test_failing_slice_fails_its_table_once_and_leaves_the_others(shell: Shell) -> None:
    shell.source.execute(TABLES["bigint"].format(rows=ROWS) + "; CREATE TABLE other AS SELECT * FROM t; ANALYZE")
    # The schema is there already, and refuses a row in the middle.
    shell.target.execute("CREATE TABLE t (k bigint PRIMARY KEY CHECK (k <> 21000)); CREATE TABLE other (k bigint)")

    ended = shell.copy(KEEP, *SLICED)

    assert ended.status == 1, ended.said
    states = {table["table"]: table["state"] for table in ended.data["tables"]}
    assert states == {"public.t": "failed", "public.other": "done"}
    assert shell.target.value("SELECT count(*) FROM other") == ROWS
    shell.target.execute("ALTER TABLE t DROP CONSTRAINT t_k_check")

    again = shell.copy(KEEP, *SLICED)

    assert again.status == 0, again.said
    assert shell.target.fetch(ALL_ROWS) == shell.source.fetch(ALL_ROWS)
