"""Values must be nowhere but in the target's rows: every cell holds a canary, every run's traces are searched."""

from __future__ import annotations

import resource
import secrets
import signal
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from canaries import Canaries, told_by
from commands import KEY, Shell
from pgsluice import api
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.errors import SluiceError
from stopping import SMALL, kill
from verified import copied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Database

pytestmark = pytest.mark.db

ROWS = 6

DEFINITION = """
CREATE DOMAIN word AS text;
CREATE TYPE pair AS (a text, n int8);
CREATE TABLE cell (
    id int8 PRIMARY KEY, email varchar(80) UNIQUE NOT NULL, note text, kept text, doc jsonb, raw bytea, list text[],
    big numeric, day timestamptz, couple pair, given word, low int8 CHECK (low <> 0)
);
"""
RULES = """
[columns]
"cell.id" = "key"
"cell.email" = "email"
"cell.note" = "text"
"cell.list" = "hash"
"cell.raw" = "hash"
"cell.low" = "key"
"*" = { mask = "keep", reason = "canaries" }
"""


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def shell(shell: Shell, canaries: Canaries) -> Shell:
    """A source whose every cell is a canary, and a directory for temporary files that is searched too."""
    (shell.directory / "tmp").mkdir()
    shell = replace(shell, environment={"TMPDIR": str(shell.directory / "tmp")})
    shell.source.execute(DEFINITION)
    for row in range(ROWS):
        fill(shell.source, canaries, f"row {row}")
    return shell


def fill(source: Database, canaries: Canaries, row: str) -> None:
    """Add a row of canaries."""
    text, number = canaries.text, canaries.number
    source.execute(
        """INSERT INTO cell VALUES ($1, $2, $3, $4, jsonb_build_object($5::text, $6::text), convert_to($7, 'UTF8'),
                   ARRAY[$8::text, NULL, $9], $10::int8 + 0.25, to_timestamp($11::int8 / 1e8),
                   ROW($12::text, $13::int8)::pair, $14, $15)""",
        number(f"{row} id"), text(f"{row} email"), text(f"{row} note"), text(f"{row} kept"), text(f"{row} doc key"),
        text(f"{row} doc"), text(f"{row} raw"), text(f"{row} list"), text(f"{row} list 2"), number(f"{row} big"),
        number(f"{row} day"), text(f"{row} pair"), number(f"{row} pair n"), text(f"{row} given"), number(f"{row} low"),
    )  # fmt: skip


def state_of(target: Database) -> Iterator[tuple[str, bytes]]:
    """The tables that the target remembers runs in, as text and as the driver's values."""
    if target.value("SELECT to_regnamespace('_pgsluice')") is None:
        return
    for table in ("run", "table_run", "batch", "audit"):
        rows = target.fetch(f"SELECT t, t::text AS row FROM _pgsluice.{table} AS t")
        yield f"_pgsluice.{table}", "\n".join(repr(row["t"]) + row["row"] for row in rows).encode()
        for row in target.fetch(f"SELECT * FROM _pgsluice.{table}"):
            yield f"_pgsluice.{table}", b"".join(v if isinstance(v, bytes) else b"" for v in row.values())


class Traces:
    """What runs leave behind: logs of the servers from here on, files of the shell, the target's state."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._logs = [shell.source.server.log_path, shell.target.server.log_path]
        self._starts = [path.stat().st_size for path in self._logs]

    def left(self) -> Iterator[tuple[str, bytes]]:
        for path, start in zip(self._logs, self._starts, strict=True):
            yield f"log of {path.parent.name}", path.read_bytes()[start:]
        for path in self._shell.directory.rglob("*"):
            if path.is_file() and path.suffix not in {".toml", ".key"}:
                yield path.name, path.read_bytes()
        yield from state_of(self._shell.target)


#: What makes the copy fail on the target, by changing what pg_dump made of the source. Each quotes rows in its error.
FAILURES = {
    "unique": "ALTER TABLE cell ADD fixed_one int DEFAULT 1 UNIQUE",
    "check": "ALTER TABLE cell ADD CHECK (length(kept) < 3)",
    "not null": "ALTER TABLE cell ADD wanted text NOT NULL DEFAULT nullif(1, 1)",
    "domain check": "ALTER DOMAIN word ADD CHECK (VALUE = 'x')",
    "jsonb to int": "ALTER TABLE cell DROP doc, ADD doc int",
    "text to date": "ALTER TABLE cell DROP kept, ADD kept date",
    "text to uuid": "ALTER TABLE cell DROP kept, ADD kept uuid",
    "numeric to int2": "ALTER TABLE cell ALTER big TYPE int2",
    "trigger raises the row": """
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'row %', NEW USING DETAIL = NEW.kept, HINT = NEW.kept, COLUMN = NEW.kept,
             CONSTRAINT = NEW.kept, TABLE = NEW.kept, SCHEMA = NEW.kept, DATATYPE = NEW.kept; END $$;
        CREATE TRIGGER shout BEFORE INSERT ON cell FOR EACH ROW EXECUTE FUNCTION shout();
        ALTER TABLE cell ENABLE ALWAYS TRIGGER shout""",
    "trigger raises a code": """
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '%', NEW.kept USING ERRCODE = '57P01'; END $$;
        CREATE TRIGGER shout BEFORE INSERT ON cell FOR EACH ROW EXECUTE FUNCTION shout();
        ALTER TABLE cell ENABLE ALWAYS TRIGGER shout""",
    "trigger notices the row": """
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE WARNING 'row %', NEW; RETURN NULL; END $$;
        CREATE TRIGGER shout BEFORE INSERT ON cell FOR EACH ROW EXECUTE FUNCTION shout();
        ALTER TABLE cell ENABLE ALWAYS TRIGGER shout""",
    "index expression": "CREATE INDEX ON cell ((kept::int))",
    "index row too large": """
        ALTER TABLE cell ADD wide text GENERATED ALWAYS AS (kept || repeat(md5(kept), 5000)) STORED;
        ALTER TABLE cell ALTER wide SET STORAGE EXTERNAL; CREATE INDEX ON cell (wide)""",
    "generated column": "ALTER TABLE cell ADD computed int GENERATED ALWAYS AS (kept::int) STORED",
    "exclusion": "CREATE EXTENSION btree_gist; ALTER TABLE cell ADD EXCLUDE USING gist (length(kept) WITH =)",
}


@pytest.mark.parametrize("extract", ["copy", "select"])
def test_copy_on_servers_that_log_everything_leaks_nothing(shell: Shell, canaries: Canaries, extract: str) -> None:
    for database in (shell.source, shell.target):
        for setting in ("log_statement = 'all'", "log_min_duration_statement = 0", "log_parameter_max_length = -1"):
            database.execute(f'ALTER DATABASE "{database.name}" SET {setting}')
    traces = Traces(shell)

    ended = shell.copy(RULES, f"--extract={extract}", "--batch-rows=1", "--batch-bytes=1")

    assert ended.status == 0, ended.said
    assert canaries.found_in([("output", ended.said.encode()), *traces.left()]) == []


def test_plan_with_a_sample_shows_kept_columns_to_who_asked_and_leaks_nothing(shell: Shell, canaries: Canaries) -> None:
    for setting in ("log_statement = 'all'", "log_min_duration_statement = 0", "log_parameter_max_length = -1"):
        shell.source.execute(f'ALTER DATABASE "{shell.source.name}" SET {setting}')
    traces = Traces(shell)

    plain = shell.plan(RULES, f"--target={shell.target.dsn}")
    shown = shell.plan(RULES, "--sample=9", "--columns")
    data = shell.plan(RULES, "--sample=9", "--json")

    assert (plain.status, shown.status, data.status) == (0, 0, 0), plain.said + shown.said + data.said
    elsewhere = [("plan", plain.said.encode()), ("talk", (shown.stderr + data.stderr).encode())]
    assert canaries.found_in([*elsewhere, *traces.left()]) == []
    kept = ("kept", "doc", "doc key", "big", "day", "pair", "pair n", "given")
    found = {hit.split(" as ")[0].split(" ", 2)[2] for hit in canaries.found_in([("sample", data.stdout.encode())])}
    assert found <= set(kept)
    assert found >= {"kept", "doc", "given"}
    assert {hit.split(" as ")[0].split(" ", 2)[2] for hit in canaries.found_in([("", shown.stdout.encode())])} <= found


def test_copy_killed_and_resumed_leaks_neither_rows_nor_key_nor_password(shell: Shell, canaries: Canaries) -> None:
    shell.source.execute("CREATE TABLE many (id int8 PRIMARY KEY, v text); ANALYZE")
    for table in range(3):
        fill(shell.source, canaries, f"more {table}")
    value = canaries.plain("many v")
    shell.source.execute(f"INSERT INTO many SELECT n, '{value}' || n FROM generate_series(1, 20000) AS n")
    key = secrets.token_bytes(32)
    canaries.texts |= {"key": key.hex()[:32], "rest of the key": key.hex()[32:]}
    canaries.texts |= {f"password of {d.name}": urlsplit(d.dsn).password or "" for d in (shell.source, shell.target)}
    rules = RULES + '[tables."public.many".columns]\nv = "hash"\n'
    traces = Traces(shell)

    kill(shell, shell.copy_arguments(rules, *SMALL, key=key))
    after_kill = canaries.found_in(traces.left())
    ended = shell.copy(rules, key=key)

    assert ended.status == 0, ended.said
    assert after_kill == []
    assert canaries.found_in([("output", ended.said.encode()), *traces.left()]) == []


async def test_verify_of_a_spoilt_copy_leaks_nothing(shell: Shell, canaries: Canaries) -> None:
    shell.source.execute("CREATE TABLE bag (word text, n int8)")
    shell.source.execute(
        "INSERT INTO bag VALUES ($1, $2), ($3, $4)",
        canaries.text("bag"), canaries.number("bag n"), canaries.text("bag 2"), canaries.number("bag n 2"),
    )  # fmt: skip
    pair = copied(shell, RULES + '"bag.word" = "hash"\n')
    # In no variable: the locals of this frame are searched too.
    shell.target.execute(
        "UPDATE cell SET note = $1 || note, email = $1 WHERE ctid = '(0,1)'",
        shell.source.value("SELECT email FROM cell LIMIT 1"),
    )
    shell.target.execute("DELETE FROM cell WHERE ctid = '(0,2)'; UPDATE bag SET n = n + 1; UPDATE cell SET doc = '{}'")
    shell.target.execute("ALTER TABLE cell DROP CONSTRAINT cell_pkey")
    traces = Traces(shell)

    said = [pair.run(*options) for options in ((), ("--columns",), ("--json",))]
    report = await pair.verify()

    assert [ended.status for ended in said] == [5, 5, 5], said[0].said
    outputs = [("output", ended.said.encode()) for ended in said]
    assert canaries.found_in([*outputs, ("report", repr(report).encode()), *traces.left()]) == []
    with pytest.raises(SluiceError) as raised:
        api.raise_if_different(report)
    assert canaries.found_in(told_by(raised.value)) == []


async def test_verify_that_fails_leaks_nothing(shell: Shell, canaries: Canaries) -> None:
    pair = copied(shell, RULES)
    shell.source.execute("ALTER TABLE cell ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    shell.source.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO weak")
    weak = urlsplit(shell.source.dsn)
    dsn = weak._replace(netloc=f"weak:weak@{weak.hostname}:{weak.port}").geturl()
    traces = Traces(shell)

    ended = pair.run("--allow-core-dumps", f"--source={dsn}")

    shell.source.execute("DROP OWNED BY weak; DROP ROLE weak")
    assert ended.status == 4, ended.said
    assert canaries.found_in([("output", ended.said.encode()), *traces.left()]) == []


def test_copy_without_room_for_its_audit_commits_and_leaks_nothing(shell: Shell, canaries: Canaries) -> None:
    shell.target.execute(DEFINITION)
    traces = Traces(shell)

    def few_bytes() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))

    with shell.start(*shell.copy_arguments(RULES), preexec_fn=few_bytes) as process:
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 1, stderr
    assert "audit file" in stderr
    assert shell.target.value("SELECT count(*) FROM cell") == 0
    assert canaries.found_in([("output", (stdout + stderr).encode()), *traces.left()]) == []


def test_canaries_are_found_where_they_are(shell: Shell, canaries: Canaries) -> None:
    """The search itself: it must find each cell in the rows, or finding nothing means nothing."""
    row = shell.source.value("SELECT c::text FROM cell AS c LIMIT 1").encode()

    found = canaries.found_in([("row", row)])

    places = {place.split(" as ")[0].split(" ", 2)[2] for place in found}
    assert places >= {"id", "email", "note", "kept", "doc", "doc key", "raw", "list", "list 2", "big", "pair", "given"}


@pytest.mark.parametrize(
    ("what", "extract"),
    [*((what, "copy") for what in FAILURES), ("text to date", "select"), ("trigger raises the row", "select")],
)
def test_copy_that_fails_leaks_nothing(shell: Shell, canaries: Canaries, what: str, extract: str) -> None:
    shell.target.execute(DEFINITION)
    shell.target.execute(FAILURES[what])
    traces = Traces(shell)

    ended = shell.copy(RULES.replace('"cell.id" = "key"', '"cell.id" = "keep"'), f"--extract={extract}")

    assert ended.status == 1, ended.said
    assert "public.cell" in ended.stderr
    assert "internal error" not in ended.stderr
    assert canaries.found_in([("output", ended.said.encode()), *traces.left()]) == []


async def test_library_errors_tell_no_value(shell: Shell, canaries: Canaries, tmp_path: Path) -> None:
    for what, change in FAILURES.items():
        for rules in (RULES, RULES.replace('"cell.id" = "key"', '"cell.id" = "keep"')):
            await shell.target.aexecute("DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS _pgsluice CASCADE")
            await shell.target.aexecute("CREATE SCHEMA public")
            await shell.target.aexecute(DEFINITION)
            await shell.target.aexecute(change)

            report = await api.copy(
                Dsn.parse(shell.source.dsn, role="source"),
                Dsn.parse(shell.target.dsn, role="target"),
                shell.rules(rules),
                Key(KEY),
                audit_directory=tmp_path / "audit",
            )

            assert len(report.failed) == 1, what
            error = report.failed[0].error
            assert error is not None
            assert canaries.found_in(told_by(error)) == [], what
            with pytest.raises(SluiceError) as raised:
                api.raise_if_failed(report)
            assert canaries.found_in([*told_by(raised.value), ("report", repr(report).encode())]) == []
