"""What a copy leaves out of a schema, the plan says by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Shell

pytestmark = pytest.mark.db

SOURCE = """
CREATE EXTENSION postgres_fdw;
CREATE TABLE t (id int);
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'far.example');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'me', password 'not to be told');
CREATE FOREIGN TABLE there (id int) SERVER far;
SELECT lo_create(0), lo_create(0);
CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere password=not_to_be_told' PUBLICATION p WITH (connect = false);
"""


@pytest.fixture
def whole(shell: Shell) -> Iterator[Shell]:
    for statement in filter(str.strip, SOURCE.split(";\n")):
        shell.source.execute(statement)
    shell.source.execute(f"ALTER DATABASE \"{shell.source.name}\" SET work_mem = '8MB'")
    shell.source.execute(f"COMMENT ON DATABASE \"{shell.source.name}\" IS 'not to be told'")
    yield shell
    shell.source.execute("ALTER SUBSCRIPTION sub SET (slot_name = NONE)")
    shell.source.execute("DROP SUBSCRIPTION sub")


def test_plan_names_what_is_left_out(whole: Shell) -> None:
    planned = whole.run("plan", f"--source={whole.source.dsn}", f"--rules={whole.rules(KEEP)}")

    assert planned.status == 0, planned.said
    for words in (
        'left out: subscription "sub": ',
        'left out: user mapping "public on far": ',
        "left out: 2 large objects: ",
        f'left out: comment on the database "{whole.source.name}": ',
        'left out: setting of the database "work_mem": ',
        "left out: public.there: a foreign table",
    ):
        assert words in planned.stdout
    assert "not to be told" not in planned.said
    assert "not_to_be_told" not in planned.said


def test_copy_leaves_it_out_and_takes_the_rest(whole: Shell) -> None:
    ended = whole.copy(KEEP)

    assert ended.status == 0, ended.said
    assert whole.target.value("SELECT count(*) FROM pg_subscription WHERE subname = 'sub'") == 0
    assert whole.target.value("SELECT count(*) FROM pg_user_mappings") == 0
    assert whole.target.value("SELECT count(*) FROM pg_foreign_table") == 1
