"""No value of a row gets anywhere: not into the file, onto the screen, into logs, records of the library or errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from canaries import Canaries, told_by
from pgsluice import api
from pgsluice.driver import Dsn
from pgsluice.errors import SluiceError

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db
ROWS = 30


def fill(database: Database, canaries: Canaries) -> None:
    """Columns of each kind that is looked at: every value is somebody's, also keys of documents and few values."""
    database.execute(
        """CREATE TYPE pair AS (a text, b text);
           CREATE TABLE people (email text, full_name text, note text, odd text, doc jsonb, doc_keys jsonb,
                                list text[], few text, big bigint, pair pair, raw bytea, given varchar(60), bare json,
                                status text)"""
    )
    few = canaries.plain("few")
    status = canaries.plain("status")
    for row in range(ROWS):
        database.execute(
            """INSERT INTO people VALUES ($1, $2, $3, $4, jsonb_build_object('email', $5::text, 'x', $6::text),
                   jsonb_build_object($7::text, 1, 'seen', jsonb_build_object($8::text, 'a')), ARRAY[$9, $10], $11, $12,
                   ROW($13, $14)::pair, $15, $16, to_json($17::text), $18)""",
            f"{canaries.plain(f'email {row}')}@example.com",
            f"Maria {canaries.plain(f'name {row}')}",
            f"write to {canaries.text(f'note {row}')} or ada@example.com today",
            canaries.text(f"odd {row}"),
            f"{canaries.plain(f'doc email {row}')}@example.com",
            canaries.text(f"doc x {row}"),
            canaries.plain(f"doc key {row}"),
            canaries.plain(f"inner key {row}"),
            canaries.plain(f"list {row}"),
            f"{canaries.plain(f'list 2 {row}')}@example.com",
            few,
            canaries.number(f"big {row}"),
            canaries.text(f"pair {row}"),
            f"{canaries.plain(f'pair b {row}')}@example.com",
            canaries.plain(f"raw {row}").encode(),
            canaries.plain(f"given {row}"),
            canaries.text(f"bare {row}"),
            status[:20],
        )


@pytest.fixture
def canaries(source_db: Database) -> Canaries:
    found = Canaries()
    fill(source_db, found)
    return found


def written_by(shell: Shell) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in shell.directory.rglob("*") if path.is_file()]


@pytest.mark.parametrize("options", [["--rules=rules.toml"], ["--rules=-"], ["--json"], ["--update"], ["--no-samples"]])
def test_init_shows_and_writes_no_value(shell: Shell, canaries: Canaries, options: list[str]) -> None:
    if "--update" in options:
        shell.rules("[columns]\n")

    ended = shell.run("init", f"--source={shell.source.dsn}", *options)

    assert ended.status == 0, ended.said
    assert "masked" in ended.stderr
    found = canaries.found_in([("output", ended.said.encode()), *written_by(shell)])
    assert found == []


def test_init_shows_values_where_it_is_asked_to_and_on_standard_error_only(shell: Shell, canaries: Canaries) -> None:
    ended = shell.run("init", f"--source={shell.source.dsn}", "--show-samples")

    assert ended.status == 0, ended.said
    assert {place.split()[0] for place in canaries.found_in([("stderr", ended.stderr.encode())])} >= {"email", "odd"}
    assert canaries.found_in([("stdout", ended.stdout.encode()), *written_by(shell)]) == []


def test_init_leaves_no_value_in_the_servers_log(shell: Shell, canaries: Canaries) -> None:
    """A role that cannot quiet the log, on a server that logs every statement: they hold names only."""
    role, server = f"reader_of_{shell.source.name}", shell.source.server
    shell.source.execute(
        f"""CREATE ROLE {role} LOGIN PASSWORD 'only-for-tests'; GRANT SELECT ON people TO {role};
            ALTER DATABASE "{shell.source.name}" SET log_statement = 'all'"""
    )
    start = server.log_path.stat().st_size
    dsn = f"postgresql://{role}:only-for-tests@127.0.0.1:{server.port}/{shell.source.name}"

    ended = shell.run("init", f"--source={dsn}")

    logged = server.log_path.read_bytes()[start:]
    shell.source.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert ended.status == 0, ended.said
    assert b"FETCH" in logged
    assert canaries.found_in([("log", logged)]) == []


def test_library_tells_no_value_of_what_it_proposes(shell: Shell, canaries: Canaries) -> None:
    seen: list[str] = []

    class Watcher:
        def looked_at(self, relation: object, sample: object, done: int, total: int) -> None:
            seen.append(repr((sample, done, total)))

    draft = asyncio.run(api.init(Dsn.parse(shell.source.dsn, role="source"), watcher=Watcher()))

    assert draft.masked_count > 3
    assert len(seen) == 1
    assert canaries.found_in([("draft", repr(draft).encode()), ("watcher", "".join(seen).encode())]) == []


def test_library_error_in_mid_sample_tells_no_value(shell: Shell, canaries: Canaries) -> None:
    shell.source.execute("; ".join(f"CREATE TABLE again_{number} AS SELECT * FROM people" for number in range(20)))

    class Watcher:
        def looked_at(self, relation: object, sample: object, done: int, total: int) -> None:
            shell.source.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'pgsluice'"""
            )

    with pytest.raises(SluiceError) as raised:
        asyncio.run(api.init(Dsn.parse(shell.source.dsn, role="source"), watcher=Watcher()))

    assert canaries.found_in(told_by(raised.value)) == []
