"""Names that break what puts them into SQL, JSON, formats or a terminal without quoting: each works everywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commands import KEEP, KEY, Shell
from hostile_names import NAMES, make, quoted, toml
from oracle.registry import mask
from servers import Database
from stopping import SMALL, kill

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.db


def test_names_are_as_many_as_the_server_took() -> None:
    assert len(set(NAMES)) == 20
    assert all(len(name.encode()) <= 63 for name in NAMES)


def rows(database: Database, name: str) -> list[tuple[object, ...]]:
    q = quoted(name)
    found = database.fetch(
        f"""SELECT p.{q}, other::text, e::text, secret, c.id FROM {q}.{q} AS p
              LEFT JOIN {q}.child AS c ON c.{q} = p.{q} ORDER BY p.{q}"""
    )
    return [tuple(row) for row in found]


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_hostile_names_are_copied_and_resumed(shell: Shell, extract: str) -> None:
    make(shell.source)
    entries = "".join(
        f'[tables.{toml(f"{name}.{name}")}.columns]\n{toml(name)} = "keep"\nsecret = "hash"\n' for name in NAMES
    )

    kill(shell, shell.copy_arguments(KEEP + entries, *SMALL))
    ended = shell.copy(KEEP + entries, f"--extract={extract}", "--batch-rows=1", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    masked = (mask("hash", KEY, "domain hash", b"secret") or b"").decode()
    for number, name in enumerate(NAMES):
        assert rows(shell.target, name) == [(-1, "", None, None, None), (number, name, name, masked, 1)]
    names = {table["table"] for table in ended.data["tables"]}
    assert names == {f"{name}.{other}" for name in NAMES for other in (name, "child")}


def test_copy_hostile_names_keep_output_and_audit_to_their_lines(shell: Shell) -> None:
    """A name with a line feed or a direction mark must not forge a line of the log or turn one around."""
    make(shell.source)

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert "\u202e" not in ended.stderr
    started = [line for line in ended.stderr.splitlines() if line.startswith("table-done")]
    assert len(started) == 2 * len(NAMES)
    for path in shell.audit_directory.iterdir():
        for line in path.read_text(encoding="ascii").splitlines():
            json.loads(line)


@pytest.fixture
def hostile_database(shell: Shell) -> Iterator[Shell]:
    """A source whose database has a name of that kind."""
    name = f'{shell.source.name} %s;"\n🐘'
    maintenance = Database(shell.source.server, "postgres")
    maintenance.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE template0")
    yield Shell(shell.directory, Database(shell.source.server, name), shell.target)
    maintenance.execute(f"DROP DATABASE {quoted(name)} WITH (FORCE)")


def test_copy_hostile_database_name_works(hostile_database: Shell) -> None:
    hostile_database.source.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")

    ended = hostile_database.copy(KEEP)

    assert ended.status == 0, ended.said
    assert hostile_database.target.value("SELECT id FROM t") == 1


def test_copy_objects_early_in_the_search_path_never_run(shell: Shell) -> None:
    """Functions and operators of the names that we use, where a careless session would find them first."""
    trap = """
        CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');
        CREATE FUNCTION set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trap'; END $$;
        CREATE FUNCTION current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trap'; END $$;
        CREATE FUNCTION greater(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trap'; END $$;
        CREATE OPERATOR > (LEFTARG = int, RIGHTARG = int, FUNCTION = greater);
        CREATE TABLE pg_class (id int); CREATE VIEW pg_type AS SELECT 1 AS id;
    """
    shell.source.execute(trap)
    for database in (shell.source, shell.target):
        database.execute(f'ALTER DATABASE "{database.name}" SET search_path = public, pg_catalog')

    ended = shell.copy(KEEP, "--batch-rows=1", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    assert shell.target.fetch("SELECT id, v FROM public.t ORDER BY pg_catalog.int4(id)") == [(1, "a"), (2, "b")]
