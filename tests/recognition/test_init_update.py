"""`init --update`: what somebody wrote stays byte for byte, what is new is added where it belongs."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from commands import Ended, Shell
from pgsluice.config.rules import read_rules
from pgsluice.recognition.statements import Header, headers, lines_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.db

BEFORE = (
    "CREATE TABLE users (id serial PRIMARY KEY, email text, memo text); CREATE TABLE orders (id serial PRIMARY KEY)"
)
AFTER = """
ALTER TABLE users ADD phone text, ADD odd text, ADD settings jsonb;
ALTER TABLE orders ADD user_id int REFERENCES users;
CREATE TABLE visits (id serial PRIMARY KEY, ip inet);
INSERT INTO users (settings) SELECT jsonb_build_object('email', 'p' || n || '@example.com')
  FROM generate_series(1, 50) AS n
"""
#: Written by a person, in many of the ways that TOML has.
WRITTEN = '''\
# our rules — keep this comment
version = 1
locale = "de_DE"   # ours

[columns]
"*.id" = "keep"

[tables."public.users".columns]   # people
email   = { mask = "email", host = "mail.test" }
memo = { mask = "keep", reason = """
[tables."public.orders".columns]
not a header""" }

# what follows belongs to orders
[ tables . 'public.orders' ]
rows = "none"
'''


def update(shell: Shell, text: str, *arguments: str) -> tuple[Ended, str]:
    path = shell.directory / "rules.toml"
    path.write_bytes(text.encode())
    ended = shell.run("init", f"--source={shell.source.dsn}", "--update", *arguments)
    return ended, path.read_bytes().decode()


def lines_without(after: str, before: str) -> list[str]:
    """The lines that were added; fails unless all others stand as they stood, in their order."""
    old = iter(before.splitlines(keepends=True))
    waiting = next(old, None)
    added = []
    for line in after.splitlines(keepends=True):
        if line == waiting:
            waiting = next(old, None)
        else:
            added.append(line)
    assert waiting is None, f"not in its place any more: {waiting!r}"
    return added


def test_update_adds_what_is_new_and_changes_no_byte(shell: Shell) -> None:
    shell.source.execute(BEFORE)
    shell.source.execute(AFTER)

    ended, after = update(shell, WRITTEN)

    assert ended.status == 0, ended.said
    added = "".join(lines_without(after, WRITTEN))
    document = tomllib.loads(after)
    assert document["tables"]["public.users"]["columns"] == {
        "email": {"mask": "email", "host": "mail.test"},
        "memo": {"mask": "keep", "reason": '[tables."public.orders".columns]\nnot a header'},
        "phone": "phone",
        "settings": {"mask": "json", "paths": {"$.email": "email"}, "otherwise": "null"},
    }
    assert document["tables"]["public.orders"] == {"rows": "none"}
    assert document["tables"]["public.visits"]["columns"] == {"ip": "ip"}
    assert '#? odd = "?"' in added
    assert "user_id" not in document["tables"].get("public.orders", {}).get("columns", {})
    assert after.index('phone = "phone"') < after.index("# what follows belongs to orders")
    assert "4 new columns of 2 tables" in ended.stderr
    read_rules(shell.directory / "rules.toml")


def test_update_twice_adds_nothing_the_second_time(shell: Shell) -> None:
    shell.source.execute(BEFORE)
    shell.source.execute(AFTER)
    _, once = update(shell, WRITTEN)

    ended, twice = update(shell, once)

    assert ended.status == 0, ended.said
    assert twice == once
    assert "nothing is new" in ended.stderr
    assert "decide the 1 column in lines" in ended.stderr


def test_update_of_what_init_wrote_leaves_what_was_decided_since(shell: Shell) -> None:
    shell.source.execute(BEFORE)
    first = shell.run("init", f"--source={shell.source.dsn}")
    path = shell.directory / "rules.toml"
    decided = path.read_text(encoding="utf-8").replace('memo  = "text"', 'memo = "null"  # we decided')
    shell.source.execute(AFTER)

    ended, after = update(shell, decided)

    assert first.status == 0, first.said
    assert ended.status == 0, ended.said
    assert lines_without(after, decided)
    assert set(tomllib.loads(after)["tables"]["public.users"]["columns"]) == {
        "id",
        "email",
        "memo",
        "phone",
        "settings",
    }


def test_update_names_entries_that_are_gone_and_leaves_them(shell: Shell) -> None:
    shell.source.execute(BEFORE)
    text = WRITTEN + '\n[tables."public.gone".columns]\na = "keep"\n\n[tables."public.orders".columns]\nold = "null"\n'

    ended, after = update(shell, text)

    assert ended.status == 0, ended.said
    assert after == text
    assert 'not in the source any more: table "public.gone"' in ended.stderr
    assert 'not in the source any more: table "public.orders", column "old"' in ended.stderr


def test_update_keeps_the_line_ends_and_the_mode_of_the_file(shell: Shell) -> None:
    shell.source.execute(BEFORE)
    shell.source.execute(AFTER)
    path = shell.directory / "rules.toml"
    path.touch(0o600)
    path.rename(shell.directory / "real.toml")
    path.symlink_to("real.toml")

    ended, after = update(shell, WRITTEN.replace("\n", "\r\n").removesuffix("\r\n"))

    assert ended.status == 0, ended.said
    assert after.count("\n") == after.count("\r\n") > 20
    assert path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert {found.name for found in shell.directory.iterdir()} == {"rules.toml", "real.toml"}


@pytest.mark.parametrize(
    "text",
    [
        'version = 1\ntables = { "public.users" = { columns = { email = "email" } } }\n',
        'version = 1\n[tables."public.users"]\ncolumns = { email = "email" }\n',
        'version = 1\n[tables."public.users"]\ncolumns.email = "email"\n',
    ],
)
def test_update_of_a_form_that_takes_no_entries_is_refused_and_changes_nothing(shell: Shell, text: str) -> None:
    shell.source.execute(BEFORE)

    ended, after = update(shell, text)

    assert ended.status == 2, ended.said
    assert "new entries" in ended.stderr
    assert after == text


@pytest.mark.parametrize(
    ("text", "told"), [("version = 1\n[", "is not TOML"), ("version = 2\n", "has 1 problem"), (None, "could not read")]
)
def test_update_of_no_rules_file_is_refused(shell: Shell, text: str | None, told: str) -> None:
    if text is not None:
        (shell.directory / "rules.toml").write_text(text, encoding="utf-8")

    ended = shell.run("init", f"--source={shell.source.dsn}", "--update")

    assert ended.status == 2, ended.said
    assert told in ended.stderr
    assert (shell.directory / "rules.toml").exists() == (text is not None)


def test_file_in_a_directory_that_is_not_there_is_an_error(shell: Shell, tmp_path: Path) -> None:
    ended = shell.run("init", f"--source={shell.source.dsn}", f"--rules={tmp_path / 'none' / 'rules.toml'}")

    assert ended.status == 2, ended.said
    assert "could not write the rules file" in ended.stderr


def test_headers_are_found_between_strings_and_brackets() -> None:
    text = '''version = 1
a = """
[not] # one
\\""" still
"""
b = [ # [no]
  ["x"],
]
[one] # first
c = "]#["
d = \'\'\'it's
[not]\'\'\'

# of the next
[one."a.b".'c]"']
e = 1
[[two]]
f = 2
'''  # fmt: skip

    found = headers(lines_of(text))

    assert found == [Header(("one",), 8, 12, 14), Header(("one", "a.b", 'c]"'), 14, 16, 16)]
    assert text.splitlines()[8].startswith("[one]")
    assert text.splitlines()[11] == "[not]'''"
