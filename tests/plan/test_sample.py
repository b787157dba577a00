"""`plan --sample`: rows as the target would get them, and no value of a masked column."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING, Any

import pytest

from commands import KEEP, PROGRAM

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

SOURCE = r"""
CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE DOMAIN short AS varchar(30);
CREATE TABLE kinds (
    id int PRIMARY KEY, name text, email text, born date, score numeric(9,3), ip inet, ips inet[], mood mood,
    doc jsonb, word short, kept text, raw bytea, kept_raw bytea, at timestamptz, span interval, place point,
    object regclass, nothing text, counted int DEFAULT 7, twice text GENERATED ALWAYS AS (kept || kept) STORED
);
INSERT INTO kinds SELECT n, 'canary-name-' || n, 'canary-mail-' || n || '@b.test', date '2000-01-01' + n, n + 0.125,
    '10.0.0.7', '{10.0.0.8,NULL}', 'sad', '{"a": "canary-doc", "b": [1, null]}', 'canary-word',
    E'tab\there\nand \\ "q"', 'canary-raw', '\x00ff10', '2024-01-01 00:00Z', '1 mon 2 days', '(1,2)', 'pg_class',
    'canary-nothing', 5
    FROM generate_series(1, 4) AS n;
INSERT INTO kinds (id) VALUES (5);
"""
RULES = """
[tables."public.kinds".columns]
id = "key"
name = "person-name"
email = "email"
born = { mask = "shift-date", days = 30 }
score = { mask = "noise", ratio = 0.1 }
ip = "ip"
ips = "ip"
mood = "choice"
doc = { mask = "json", paths = { "$.b[*]" = "keep" }, otherwise = "null" }
word = "hash"
kept = { mask = "keep", reason = "a test" }
raw = "hash"
kept_raw = { mask = "keep", reason = "a test" }
at = "keep"
span = "keep"
place = "keep"
object = "keep"
nothing = "null"
counted = "default"
"""


def sample(shell: Shell, rules: str, *arguments: str) -> list[dict[str, Any]]:
    ended = shell.plan(rules, "--json", "--no-forecast", *arguments)
    assert ended.status == 0, ended.said
    found: list[dict[str, Any]] = ended.data["sample"]
    return found


def test_sample_is_what_the_target_gets(shell: Shell) -> None:
    """The oracle is the target's own text of the rows that a copy wrote."""
    shell.source.execute(SOURCE)

    (table,) = sample(shell, RULES, "--sample=5")
    copied = shell.copy(RULES)

    assert copied.status == 0, copied.said
    shell.target.execute(f"ALTER DATABASE {shell.target.name} SET timezone = 'UTC'")
    names = [column["column"] for column in table["columns"]]
    texts = ", ".join(f"CASE WHEN {name} IS NOT NULL THEN concat({name}) END" for name in names)
    rows = shell.target.fetch(f"SELECT {texts} FROM kinds")
    assert len(rows) == 5
    for ours, theirs in zip(sorted(table["rows"]), sorted(map(list, rows)), strict=True):
        found = dict(zip(names, ours, strict=True))
        # We quote every element of an array, the server those that need it.
        found["ips"] = found["ips"] and found["ips"].replace('"', "")
        assert found == dict(zip(names, theirs, strict=True))
    assert "counted" not in names
    assert "twice" not in names
    assert "canary" not in json.dumps(table["rows"])


@pytest.mark.parametrize("columns", [80, 200])
def test_sample_on_a_terminal_fits_it_and_shows_no_masked_value(shell: Shell, columns: int) -> None:
    shell.source.execute(SOURCE)
    arguments = ["plan", f"--source={shell.source.dsn}", f"--rules={shell.rules(RULES)}"]
    arguments += [f"--key-file={shell.key_file()}", "--sample=3", "--no-forecast"]

    said = on_terminal([str(PROGRAM), *arguments], columns)

    lines = said.splitlines()
    start = next(number for number, line in enumerate(lines) if "rows as the target would get them" in line)
    assert max(len(line) for line in lines[start:]) <= columns
    assert "keep" in lines[start]
    assert "canary" not in said
    assert r"tab\there\nand \ " in said
    assert ("row 1:" in said, "rows 1 to 3:" in said) == ((True, False) if columns == 80 else (False, True))


def test_sample_side_by_side_where_it_fits(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, NULL)")

    ended = shell.plan(KEEP, "--sample=9", "--no-forecast")

    expected = ["public.t:", "  id       v", "  integer  text", "  keep     keep", "  -------  ------"]
    assert ended.stdout.splitlines()[-7:] == [*expected, "  1        a", "  2        (null)"]


def test_sample_says_what_it_cannot_show(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, v text); CREATE TABLE c ();
           CREATE TABLE d (id int PRIMARY KEY); INSERT INTO d VALUES (1); INSERT INTO c DEFAULT VALUES"""
    )

    ended = shell.plan('[tables."public.d"]\nrows = "none"\n[columns]\n"*.id" = "keep"', "--sample=1", "--no-forecast")

    assert ended.status == 3, ended.said
    assert "public.a: no rows\n" in ended.stdout
    assert "public.b: not shown: see the problems\n" in ended.stdout
    assert "public.d" not in ended.stdout.partition("rows as the target")[2]


def test_sample_of_a_value_that_no_mask_can_read_is_told_without_it(shell: Shell) -> None:
    shell.source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'canary-1'), (2, 'canary-2')"
    )
    (shell.directory / "masks_of_tests.py").write_text("def broken(values):\n    raise ValueError(values[0])\n")
    rules = '[columns]\n"*.id" = "keep"\n"*.v" = "python:masks_of_tests:broken"'

    found = with_path(shell).plan(rules, "--sample=2", "--no-forecast")
    forecast = with_path(shell).plan(rules)

    assert found.status == 0, found.said
    assert 'public.t: not shown: could not mask table "public.t", column "v"' in found.stdout
    assert 'note: copy will fail: could not mask table "public.t", column "v"' in forecast.stdout, forecast.said
    assert "canary" not in found.said + forecast.said


def with_path(shell: Shell) -> Shell:
    return type(shell)(shell.directory, shell.source, shell.target, {"PYTHONPATH": python_path(shell)})


def test_sample_needs_the_key(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY)")

    ended = shell.run("plan", f"--source={shell.source.dsn}", f"--rules={shell.rules(KEEP)}", "--sample=1")

    assert (ended.status, "no key was given" in ended.stderr) == (2, True), ended.said


def test_sample_cuts_long_values_and_escapes_names(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE "evil\u202e
name" (id int PRIMARY KEY, "c\tol" text, b bytea);
           INSERT INTO "evil\u202e
name" VALUES (1, repeat('ä', 3000) , decode(repeat('ab', 5000), 'hex'))"""
    )

    ended = shell.plan(KEEP, "--sample=1", "--no-forecast")
    (table,) = sample(shell, KEEP, "--sample=1")

    assert "public.evil\\u202e\\nname" in ended.stdout
    assert "\u202e" not in ended.stdout
    assert "c\\tol" in ended.stdout
    assert max(len(line) for line in ended.stdout.splitlines()) < 160
    assert table["rows"][0][1] == "ä" * 199 + "…"
    assert table["rows"][0][2] == "\\x" + "ab" * 16 + "… (5,000 bytes)"


def test_sample_is_read_in_a_transaction_that_cannot_write(shell: Shell) -> None:
    """A function behind a column's type would write; the source's log has the statements."""
    shell.source.execute(
        """CREATE TABLE seen (n int); CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x');
           CREATE FUNCTION note() RETURNS boolean LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO public.seen VALUES (1); RETURN true; END $$;
           ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (public.note())"""
    )

    ended = shell.plan(KEEP, "--sample=1")

    assert ended.status == 0, ended.said
    assert shell.source.value("SELECT count(*) FROM seen") == 0


def on_terminal(command: list[str], columns: int) -> str:
    """Run a command on a pseudo-terminal of this width; give what a person would see."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PGSLUICE_", "PG", "COLUMNS"))}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**kept, "TERM": "xterm"}
    ) as process:
        os.close(theirs)
        pieces = []
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so where the other side is closed.
                break
            if not piece:
                break
            pieces.append(piece)
        process.wait(60)
    os.close(ours)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def python_path(shell: Shell) -> str:
    return os.pathsep.join(filter(None, [str(shell.directory), os.environ.get("PYTHONPATH")]))
