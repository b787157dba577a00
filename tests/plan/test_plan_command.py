"""What `pgsluice plan` prints for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

PEOPLE = """
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text, note text, seen timestamptz DEFAULT now());
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, mail text REFERENCES users (email));
CREATE TABLE logs (id int PRIMARY KEY); INSERT INTO users VALUES (1, 'e', 'n', 'x'); ANALYZE users, orders;
"""
RULES = """
[columns]
"users.id" = "key"
"*.id" = "keep"
"*.email" = "email"
"*.name" = "person-name"
"*.note" = "null"
"*.seen" = "default"
[tables."public.logs"]
rows = "none"
"""


def test_plan_shows_classes_follows_and_totals(shell: Shell) -> None:
    shell.source.execute(PEOPLE)

    ended = shell.plan(RULES, "--columns", "--jobs=3", "--no-forecast")

    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert ended.status == 0, ended.said
    assert [line for line in lines if " pattern " in line or " follows the key " in line] == [
        'id integer keep unique pattern "*.id"',
        'id integer keep unique pattern "*.id"',
        'user_id integer key bijective follows the key "public.users"."id"',
        'mail text email 128-bit follows the key "public.users"."email"',
        'id integer key bijective, unique pattern "users.id"',
        'email text email 128-bit, unique pattern "*.email"',
        'name text person-name lossy pattern "*.name"',
        'note text null pattern "*.note"',
        'seen timestamp with time zone default pattern "*.seen"',
    ]
    assert "foreign keys: 2 columns with the mask of the key referred to, 2 not kept" in lines
    assert "public.orders.user_id follows public.users.id: key" in lines
    assert "public.orders.mail follows public.users.email: email" in lines
    assert any(line.startswith("memory: batches take at most 168 MiB (3 jobs of 56 MiB)") for line in lines)
    assert lines[-1].startswith("total: 3 tables (2 binary, 1 structure only), about 1 rows, ")


def test_plan_as_json_has_the_same(shell: Shell) -> None:
    shell.source.execute(PEOPLE)

    data = shell.plan(RULES, "--json", "--jobs=3", "--no-forecast").data

    tables = {table["table"]: table for table in data["tables"]}
    users = {column["column"]: column for column in tables["public.users"]["columns"]}
    orders = {column["column"]: column for column in tables["public.orders"]["columns"]}
    assert {name: column["uniqueness"] for name, column in users.items()} == {
        "id": "bijective", "email": "128-bit", "name": "lossy", "note": "null", "seen": "default",
    }  # fmt: skip
    assert {name for name, column in users.items() if column["must_be_unique"]} == {"id", "email"}
    assert orders["user_id"]["follows"] == {"table": "public.users", "column": "id"}
    assert (orders["id"]["uniqueness"], orders["id"]["follows"]) == ("kept", None)
    assert (tables["public.users"]["rows_estimate"], tables["public.logs"]["rows_estimate"]) == (1, None)
    assert (data["jobs"], data["memory_bytes"]) == (3, 3 * data["memory_bytes_per_job"])
    assert (data["forecast"], data["last_run"], data["changes"], data["findings"]) == (None, None, None, [])


def test_plan_says_where_rows_were_never_counted(shell: Shell) -> None:
    shell.source.execute(PEOPLE + "CREATE TABLE new (id int PRIMARY KEY)")

    ended = shell.plan(RULES, "--no-forecast")

    assert "1 table without a count of rows: ANALYZE was never run there" in ended.stdout
    assert [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("public.new ")] == ["?"]


def test_plan_puts_many_undecided_columns_together(shell: Shell) -> None:
    columns = ", ".join(f"c{number} int" for number in range(30))
    shell.source.execute(f"CREATE TABLE a ({columns}); CREATE TABLE b ({columns}, v text)")

    many = shell.plan("")
    few = shell.plan('[columns]\n"a.*" = "keep"\n"b.c?" = "keep"')

    assert many.status == 3
    assert "61 columns of 2 tables undecided" in many.stdout
    assert "error: copy would refuse this: 61 problems\n" in many.stderr
    assert '\n  table "public.a": undecided: "c0" (integer), "c1" (integer), ' in many.stderr
    assert len(many.stderr.splitlines()) == 4
    assert '  table "public.b", column "v" (text) is neither masked nor kept: give it a mask' in few.stderr
    assert len(few.stderr.splitlines()) == 23


def test_plan_with_a_target_tells_all_that_copy_refuses(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")
    shell.target.execute("CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1)")

    ended = shell.plan(KEEP, f"--target={shell.target.dsn}")
    itself = shell.plan(KEEP, f"--target={shell.source.dsn}")

    assert ended.status == 3, ended.said
    assert '  table "public.a" already holds rows on the target\n' in ended.stderr
    assert '  table "public.b" does not exist on the target' in ended.stderr
    assert "source and target are the same database" in itself.stderr
    assert shell.target.value("SELECT to_regnamespace('_pgsluice')") is None


def test_plan_of_the_environments_target(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE a (id int PRIMARY KEY)")
    shell.target.execute("CREATE TABLE other (id int)")
    here = type(shell)(shell.directory, shell.source, shell.target, {"PGSLUICE_TARGET": shell.target.dsn})

    ended = here.plan(KEEP)

    assert 'table "public.a" does not exist on the target' in ended.stderr, ended.said
