"""Copies that must not begin, or not touch some table: the exit status, the words, and nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

from commands import KEEP, Ended, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database

pytestmark = pytest.mark.db

PASSWORD = "c4nary-p4ssword-1f9e"


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """A source of two tables with a row each."""
    shell.source.execute(
        """CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a VALUES (1, 'x');
           CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO b VALUES (2, 'y')"""
    )
    return shell


@pytest.fixture
def role(source_db: Database, target_db: Database) -> Iterator[str]:
    """A role without rights, on both servers."""
    name = f"role_of_{source_db.name}"
    for database in (source_db, target_db):
        database.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    yield name
    for database in (source_db, target_db):
        database.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def dsn(database: Database, *, user: str | None = None, port: int | None = None, name: str | None = None) -> str:
    """The database's URI with another user (and the password above), port or database name."""
    parts = urlsplit(database.dsn)
    user_info = f"{user}:{PASSWORD}" if user else parts.netloc.rpartition("@")[0]
    netloc = f"{user_info}@{parts.hostname}:{port or parts.port}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{name}" if name else parts.path))


def copy(shell: Shell, *, source: str | None = None, target: str | None = None, rules: str = KEEP) -> Ended:
    """Copy with another URI for one side."""
    extra = [f"--source={source}"] if source else []
    extra += [f"--target={target}"] if target else []
    return shell.copy(rules, *extra)


def is_untouched(target: Database) -> bool:
    return target.value("SELECT count(*) FROM pg_class WHERE relnamespace >= 16384 OR relnamespace = 2200") == 0


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"port": 1}, "Nothing listens on that port."),
        ({"user": "nobody_here"}, "SQLSTATE 28P01"),
        ({"name": "no_such_database"}, "SQLSTATE 3D000"),
    ],
    ids=["port", "password", "database"],
)
def test_copy_without_a_connection_ends_with_4(filled: Shell, side: str, change: dict[str, str], word: str) -> None:
    database = filled.source if side == "source" else filled.target

    ended = copy(filled, **{side: dsn(database, **change)})  # type: ignore[arg-type]

    assert ended.status == 4, ended.said
    assert ended.stderr.startswith(f"error: could not connect to the {side} at postgresql://"), ended.said
    assert word in ended.stderr
    assert "hint: " in ended.stderr
    assert PASSWORD not in ended.said
    assert is_untouched(filled.target)


def test_copy_into_the_source_is_refused(filled: Shell) -> None:
    ended = copy(filled, target=filled.source.dsn)

    assert (ended.status, "source and target are the same database" in ended.stderr) == (3, True), ended.said
    assert filled.source.value("SELECT to_regnamespace('_pgsluice')") is None


def test_copy_into_tables_that_hold_rows_is_refused(filled: Shell) -> None:
    filled.target.execute("CREATE TABLE a (id int, v text); CREATE TABLE b (id int, v text); INSERT INTO b VALUES (9)")

    ended = copy(filled)

    assert (ended.status, 'table "public.b" already holds rows' in ended.stderr) == (3, True), ended.said
    assert filled.target.fetch("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(0, 1)]
    assert filled.target.value("SELECT to_regnamespace('_pgsluice')") is None


def test_copy_into_a_read_only_target_is_refused(filled: Shell) -> None:
    filled.target.execute(f'ALTER DATABASE "{filled.target.name}" SET default_transaction_read_only = on')

    ended = copy(filled)

    assert (ended.status, "the target is read-only" in ended.stderr) == (3, True), ended.said


def test_copy_while_another_copies_is_refused(filled: Shell) -> None:
    from pgsluice.state.runs import LOCK_KEY

    async def with_lock() -> Ended:
        holder = await filled.target.connect()
        try:
            await holder.fetch("SELECT pg_advisory_lock($1)", LOCK_KEY)
            return copy(filled)
        finally:
            await holder.close()

    import asyncio

    ended = asyncio.run(with_lock())

    assert (ended.status, "another process is copying into this target" in ended.stderr) == (4, True), ended.said
    assert is_untouched(filled.target)


def test_copy_undecided_columns_are_all_named_and_nothing_is_written(filled: Shell) -> None:
    ended = copy(filled, rules='[columns]\n"*.id" = "keep"\n')

    assert ended.status == 3, ended.said
    for table in ("a", "b"):
        assert f'table "public.{table}", column "v" (text) is neither masked nor kept' in ended.stderr
    assert is_untouched(filled.target)


def test_copy_without_rights_on_a_table_copies_the_others(filled: Shell, role: str) -> None:
    filled.source.execute(f"GRANT SELECT ON a TO {role}")
    filled.target.execute("CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text)")

    ended = copy(filled, source=dsn(filled.source, user=role))

    assert ended.status == 1, ended.said
    states = {table["table"]: table["state"] for table in ended.data["tables"]}
    assert states == {"public.a": "done", "public.b": "failed"}
    assert "error: 1 of 2 tables failed: public.b" in ended.stderr
    assert filled.target.fetch("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(1, 0)]


def test_copy_without_rights_to_dump_the_schema_ends_with_4(filled: Shell, role: str) -> None:
    filled.source.execute(f"GRANT SELECT ON a TO {role}")

    ended = copy(filled, source=dsn(filled.source, user=role))

    assert (ended.status, "public.b" in ended.stderr) == (4, True), ended.said
    assert is_untouched(filled.target)


def test_copy_with_row_security_on_the_source_fails_the_table(filled: Shell, role: str) -> None:
    filled.source.execute(
        f"""GRANT SELECT ON a, b TO {role}; ALTER TABLE a ENABLE ROW LEVEL SECURITY;
            CREATE POLICY none ON a USING (false)"""
    )
    filled.target.execute("CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text)")

    ended = copy(filled, source=dsn(filled.source, user=role))

    assert ended.status == 1, ended.said
    assert "error: 1 of 2 tables failed: public.a" in ended.stderr
    assert "SQLSTATE 42501" in ended.stderr
    assert filled.target.value("SELECT count(*) FROM b") == 1


def test_copy_without_rights_to_insert_ends_with_4(filled: Shell, role: str) -> None:
    filled.target.execute(
        f"""CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text);
            GRANT INSERT, SELECT ON a TO {role}; GRANT CREATE ON DATABASE "{filled.target.name}" TO {role}"""
    )

    ended = copy(filled, target=dsn(filled.target, user=role))

    assert (ended.status, "public.b" in ended.stderr) == (4, True), ended.said
    assert filled.target.value("SELECT count(*) FROM a") == 0


def test_copy_as_a_role_with_the_least_rights_works(filled: Shell, role: str) -> None:
    filled.source.execute(f"GRANT SELECT ON a, b TO {role}")
    filled.target.execute(
        f"""CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text);
            GRANT INSERT, SELECT ON a, b TO {role}; GRANT CREATE ON DATABASE "{filled.target.name}" TO {role}"""
    )

    ended = copy(filled, source=dsn(filled.source, user=role), target=dsn(filled.target, user=role))

    assert ended.status == 0, ended.said
    assert filled.target.fetch("SELECT (SELECT v FROM a), (SELECT v FROM b)") == [("x", "y")]


def test_copy_into_a_database_where_the_role_may_create_nothing_ends_with_4(filled: Shell, role: str) -> None:
    filled.source.execute(f"GRANT SELECT ON a, b TO {role}")

    ended = copy(filled, target=dsn(filled.target, user=role))

    assert ended.status == 4, ended.said
    assert is_untouched(filled.target)
