"""What a version has and the one before it has not: copied forwards, and named where it cannot be made backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP, Shell
from servers import fresh_database
from versions.majors import MAJORS, Majors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.db

#: By the version that brought it: what is made on the source, and what of it the version before cannot make.
NEW: dict[int, dict[str, str]] = {
    15: {
        "CREATE TABLE a (id int PRIMARY KEY, n int UNIQUE NULLS NOT DISTINCT)": 'constraint "public.a a_n_key"',
        "CREATE TABLE b (id int PRIMARY KEY, n numeric(2, -3)); INSERT INTO b VALUES (1, 1000)": "public.b",
        "CREATE VIEW c WITH (security_invoker = true) AS SELECT * FROM plain": 'view "public.c"',
        "CREATE TABLE d (id int PRIMARY KEY, n int REFERENCES plain ON DELETE SET NULL (n))": (
            'fk constraint "public.d d_n_fkey"'
        ),
    },
    16: {
        "CREATE TABLE a (id int PRIMARY KEY, j jsonb, CHECK (j IS JSON OBJECT))": "public.a",
        "CREATE VIEW b AS SELECT any_value(a) AS a FROM plain": 'view "public.b"',
    },
    17: {
        "CREATE VIEW a AS SELECT t.* FROM json_table(jsonb '{}', '$' COLUMNS (b int PATH '$.b')) AS t": (
            'view "public.a"'
        ),
        "CREATE COLLATION b (provider = builtin, locale = 'C.UTF-8')": 'collation "public.b"',
    },
    18: {
        "CREATE TABLE a (id int PRIMARY KEY, n int GENERATED ALWAYS AS (id * 2) VIRTUAL)": "public.a",
        "CREATE TABLE b (id int PRIMARY KEY, n int REFERENCES plain NOT ENFORCED)": 'fk constraint "public.b b_n_fkey"',
        "CREATE TABLE c (id uuid DEFAULT uuidv7() PRIMARY KEY)": "public.c",
        "CREATE EXTENSION btree_gist; CREATE TABLE d (id int, d daterange, PRIMARY KEY (id, d WITHOUT OVERLAPS))": (
            'constraint "public.d d_pkey"'
        ),
    },
}
PLAIN = "CREATE TABLE plain (id int PRIMARY KEY, a text); INSERT INTO plain SELECT n, n FROM generate_series(1, 50) n;"


@pytest.fixture(scope="module")
def majors() -> Iterator[Majors]:
    with Majors() as found:
        yield found


@pytest.mark.parametrize("major", NEW)
def test_objects_of_a_newer_version_are_made_forwards_and_named_backwards(
    majors: Majors, tmp_path: Path, major: int
) -> None:
    with (
        fresh_database(majors.server(major), "source") as source,
        fresh_database(majors.server(MAJORS[-1]), "newer") as newer,
        fresh_database(majors.server(major - 1), "older") as older,
    ):
        source.execute(PLAIN + ";".join(NEW[major]))

        forwards = Shell(tmp_path, source, newer).copy(KEEP)
        backwards = Shell(tmp_path, source, older).copy(KEEP)

        assert forwards.status == 0, forwards.said
        assert backwards.status == 1, backwards.said
        assert [name for name in NEW[major].values() if name not in backwards.stderr] == [], backwards.said
        # The failures are named, all else is there, and nobody is told that it is done.
        assert older.value("SELECT count(*) FROM plain") == 50
        assert backwards.data["state"] == "failed"
        assert [note for note in backwards.data["notes"] if f"version {major - 1}, the source {major}" in note]
        assert not [note for note in forwards.data["notes"] if "the target is version" in note]


@pytest.mark.parametrize("kind", ["interval", "interval[]", "interval_pair", "intervals"])
def test_infinite_interval_is_never_another_one(majors: Majors, tmp_path: Path, kind: str) -> None:
    """Version 16 takes the bytes of an infinite interval for 178956970 years, and says nothing."""
    types = "CREATE TYPE interval_pair AS (a interval, b int); CREATE DOMAIN intervals AS interval[];"
    values = {"interval": "'{}'", "interval[]": "ARRAY['{}'::interval]", "interval_pair": "ROW('{}', 1)"}
    value = values.get(kind, values["interval[]"])
    table = f"CREATE TABLE t (id int PRIMARY KEY, a {kind}); INSERT INTO t VALUES "
    with (
        fresh_database(majors.server(17), "source") as source,
        fresh_database(majors.server(16), "older") as older,
    ):
        source.execute(types + table + f"(1, {value.format('1 mon -2 days')})")
        shell = Shell(tmp_path, source, older)

        finite = shell.copy(KEEP)
        source.execute(f"INSERT INTO t VALUES (2, {value.format('-infinity')})")
        infinite = shell.copy(KEEP, "--restart")

        assert finite.status == 0, finite.said
        assert [table["format"] for table in finite.data["tables"]] == ["text"]
        assert infinite.status == 1, infinite.said
        assert "22007" in infinite.stderr
        assert older.value("SELECT count(*) FROM t") == 0
        assert "infinity" not in infinite.said
