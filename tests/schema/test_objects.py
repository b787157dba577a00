"""Objects that cannot be made: named, all else is made, and the next run makes them when the reason is mended."""

from __future__ import annotations

import secrets
import signal
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from commands import KEEP, Shell
from servers import fresh_database, running_server
from stopping import stopping_at, until_stopped

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Database

pytestmark = pytest.mark.db

WAIT_S = 30.0


def names_failed(ended: object) -> list[str]:
    return [item["object"] for item in ended.data["objects_failed"]]  # type: ignore[attr-defined]


def indexes(database: Database, table: str) -> int:
    return int(database.value("SELECT count(*) FROM pg_indexes WHERE tablename = $1", table))


def test_objects_that_fail_are_all_named_and_made_by_the_next_run(shell: Shell) -> None:
    shell.source.execute("CREATE ROLE only_here")
    shell.source.execute(
        """CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1); CREATE INDEX ON t (n);
           ALTER TABLE t ENABLE ROW LEVEL SECURITY;
           CREATE POLICY first ON t TO only_here USING (true); CREATE POLICY second ON t TO only_here USING (true);
           CREATE POLICY third ON t USING (true)"""
    )
    try:
        ended = shell.copy(KEEP)

        assert ended.status == 1, ended.said
        assert names_failed(ended) == ['policy "public.t first"', 'policy "public.t second"']
        assert 'The server says: role "only_here" does not exist.' in ended.stderr
        assert any('"only_here"' in note for note in ended.data["notes"])
        assert shell.target.value("SELECT count(*) FROM t") == 1
        assert indexes(shell.target, "t") == 2

        shell.target.execute("CREATE ROLE only_here")
        again = shell.copy(KEEP)

        assert again.status == 0, again.said
        assert shell.target.value("SELECT count(*) FROM pg_policy") == 3
        assert shell.copy(KEEP).data["already_done"]
    finally:
        shell.source.execute("DROP OWNED BY only_here; DROP ROLE only_here")
        shell.target.execute("DROP OWNED BY only_here; DROP ROLE IF EXISTS only_here")


def test_table_that_cannot_be_made_fails_alone_and_what_needs_it_waits(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE taken (id int PRIMARY KEY); CREATE TABLE free (id int PRIMARY KEY, other int REFERENCES taken);
           CREATE TABLE third (id int UNIQUE, free int REFERENCES free);
           INSERT INTO taken VALUES (1); INSERT INTO free VALUES (1, 1); INSERT INTO third VALUES (1, 1)"""
    )
    shell.target.execute("CREATE TYPE taken AS (x int)")

    ended = shell.copy(KEEP)

    assert ended.status == 1, ended.said
    assert [(table["table"], table["state"]) for table in ended.data["tables"]] == [
        ("public.free", "done"), ("public.taken", "failed"), ("public.third", "done"),
    ]  # fmt: skip
    assert names_failed(ended) == []
    keys = "SELECT array_agg(conname::text ORDER BY conname) FROM pg_constraint WHERE contype IN ('f', 'p', 'u')"
    assert shell.target.value(keys + " AND connamespace = 'public'::regnamespace") == [
        "free_pkey", "third_free_fkey", "third_id_key",
    ]  # fmt: skip

    shell.target.execute("DROP TYPE taken")
    again = shell.copy(KEEP)

    assert again.status == 0, again.said
    assert shell.target.value("SELECT count(*) FROM free JOIN taken ON other = taken.id") == 1
    assert (
        shell.target.value("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conname NOT LIKE '%run_id%'")
        == 2
    )


def test_index_that_fails_shows_no_value_and_hinders_no_other(shell: Shell) -> None:
    canary = secrets.token_hex(16)
    shell.source.execute(
        f"""CREATE FUNCTION numbered(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
            BEGIN RETURN CASE WHEN current_database() = '{shell.source.name}' THEN 1 ELSE $1::int END; END $$;
            CREATE TABLE t (id int PRIMARY KEY, word text); INSERT INTO t VALUES (1, '{canary}');
            CREATE INDEX a_bad ON t (numbered(word)); CREATE INDEX b_good ON t (word);
            CREATE TABLE next (id int PRIMARY KEY)"""
    )

    ended = shell.copy(KEEP)

    assert ended.status == 1, ended.said
    assert names_failed(ended) == ['index "public.a_bad"']
    assert (indexes(shell.target, "t"), indexes(shell.target, "next")) == (2, 1)
    assert canary not in ended.said
    assert canary not in shell.target.server.log_path.read_text(errors="replace")


async def test_indexes_of_a_table_are_built_while_another_is_copied(shell: Shell) -> None:
    await shell.source.aexecute(
        """CREATE TABLE large (id int PRIMARY KEY, n int); CREATE INDEX ON large (n);
           INSERT INTO large SELECT g, g FROM generate_series(1, 50000) AS g;
           CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1)"""
    )

    with stopping_at(shell, "pre-data-made:1").start(*shell.copy_arguments(KEEP)) as process:
        until_stopped(process)
        connection = await shell.target.connect()
        async with connection.transaction():
            # The smaller table comes later; nobody can write to it before the other one's indexes are there.
            await connection.execute("LOCK TABLE small IN ACCESS EXCLUSIVE MODE")
            process.send_signal(signal.SIGCONT)
            deadline = time.monotonic() + WAIT_S
            while await shell.target.avalue("SELECT count(*) FROM pg_indexes WHERE tablename = 'large'") < 2:
                assert time.monotonic() < deadline, "the indexes of one table waited for another table"
            assert await connection.fetchval("SELECT count(*) FROM small") == 0
        await connection.close()
        _, said = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert await shell.target.avalue("SELECT count(*) FROM small") == 1


def test_schema_of_more_objects_than_the_server_has_locks_is_made(tmp_path: Path, source_db: Database) -> None:
    # In one transaction it would need some 1,000 locks; this server has room for about 300. Two sessions share them.
    tables = "; ".join(f"CREATE TABLE t{n} (id serial PRIMARY KEY, a int UNIQUE)" for n in range(150))
    source_db.execute(tables)
    with (
        running_server(max_locks_per_transaction=10, max_connections=20, max_worker_processes=2) as server,
        fresh_database(server, "few") as target,
    ):
        shell = Shell(tmp_path, source_db, target)

        ended = shell.copy(KEEP, "--jobs=2")

        assert ended.status == 0, ended.said
        assert target.value("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'") == 300


def test_object_that_was_there_before_is_left_as_it_is_and_told(shell: Shell) -> None:
    shell.source.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (id int)")
    shell.target.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'")

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert 'were on the target before and are as they were: function "public.f()"' in ended.data["notes"]
    assert shell.target.value("SELECT f()") == 2


def test_copy_into_a_database_where_the_role_may_make_nothing_ends_before_the_first_row(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int)")
    shell.target.execute(
        f"CREATE ROLE guest LOGIN PASSWORD 'guest'; GRANT CREATE ON DATABASE {shell.target.name} TO guest"
    )
    shell.target.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    parts = urlsplit(shell.target.dsn)
    guest = parts._replace(netloc=f"guest:guest@{parts.netloc.rpartition('@')[2]}").geturl()
    try:
        ended = shell.run(
            "copy", f"--source={shell.source.dsn}", f"--target={guest}", f"--rules={shell.rules(KEEP)}",
            f"--key-file={shell.key_file()}", f"--audit-directory={shell.audit_directory}",
        )  # fmt: skip

        assert ended.status == 1, ended.said
        assert "could not make any table of the schema" in ended.stderr
        assert "permission denied for schema public" in ended.stderr
    finally:
        shell.target.execute("DROP OWNED BY guest CASCADE; DROP ROLE guest")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("UPDATE pg_proc SET prolang = 99999 WHERE proname = 'f'", 'the definition of function "public.f"'),
        ("DELETE FROM pg_proc WHERE proname = 'f'", 'the definition of view "public.v"'),
    ],
)
def test_object_that_the_source_cannot_tell_is_named(shell: Shell, broken: str, said: str) -> None:
    shell.source.execute(
        "CREATE TABLE t (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
        "CREATE VIEW v AS SELECT f() FROM t"
    )
    shell.source.execute(broken)

    ended = shell.copy(KEEP)

    assert ended.status == 1, ended.said
    assert said in ended.stderr
    assert shell.target.value("SELECT to_regclass('t') IS NULL")
