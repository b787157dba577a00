"""A database with one of everything arrives whole: compared on the servers, by what they say of themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from compare import KINDS, definition_differences, row_count, row_differences
from everything import COLUMN_ORDERS, LARGE_OBJECTS, OTHER_ORDER, USER_MAPPING, make_everything, make_roles

from commands import KEEP
from stopping import SMALL, kill

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

# What the plan says of what is not as on the source.
LEFT_OUT = {
    "shop.by_mood_far": "a foreign table: its rows lie on another server",
    "shop.far": "a foreign table: its rows lie on another server",
}
OBJECTS_LEFT_OUT = {
    "3 large objects": "they cannot be masked, --large-objects copies them as they are; columns that may refer to "
    "them: shop.documents.file, shop.documents.file_too, shop.every_type.c_oid, shop.every_type.c_vector_oid",
    'setting of the database "work_mem"': "ALTER DATABASE ... SET on the target makes it",
    'user mapping "public on elsewhere"': "it leads to another server and may hold a password",
    'owners and privileges (roles "postgres", "whole_reader", "whole_writer")': "--rights takes them along",
}
# Tables with a base type, a text search parser and an access method, which only a superuser can make.
NEED_SUPERUSER = {"shop.every_type", "shop.by_text", "shop.computed", "shop.clustered"}
FOREIGN = {"shop.far", "shop.by_mood_far"}
NOTES = [
    "unlogged tables, which any crash of the target empties: shop.orders_2022, shop.unlogged",
    f"tables that inherit, whose columns will stand after their parents': {', '.join(OTHER_ORDER)}",
]


async def test_copy_of_one_of_everything_is_equal_but_for_what_the_plan_names(shell: Shell, referee: Database) -> None:
    make_everything(shell.source)
    make_roles(shell.target.server)
    plan = shell.plan(KEEP, "--json").data

    ended = shell.copy(KEEP, "--jobs=2")

    assert ended.status == 0, ended.said
    assert await row_count(shell.source) > 18_000
    assert await row_differences(shell.source, shell.target, referee) == []
    different = await definition_differences(shell.source, shell.target)
    assert {line.partition("\n")[0] for line in different} == COLUMN_ORDERS | USER_MAPPING
    assert {found["table"]: found["reason"] for found in plan["left_out"]} == LEFT_OUT
    assert {found["object"]: found["reason"] for found in plan["objects_left_out"]} == OBJECTS_LEFT_OUT
    assert plan["notes"] == NOTES


@pytest.mark.chaos
async def test_copy_of_one_of_everything_with_its_rights_is_equal_after_a_kill(shell: Shell, referee: Database) -> None:
    make_everything(shell.source)
    make_roles(shell.target.server)

    arguments = shell.copy_arguments(KEEP, "--rights", "--jobs=2", *SMALL, "--slice-bytes=100000")
    kill(shell, arguments, rows=9_000)
    ended = shell.run(*arguments)

    assert ended.status == 0, ended.said
    assert await row_differences(shell.source, shell.target, referee) == []
    different = await definition_differences(shell.source, shell.target, kinds=KINDS | {"rights"})
    assert {line.partition("\n")[0] for line in different} == COLUMN_ORDERS | USER_MAPPING | LARGE_OBJECTS
    sides = (f"--source={shell.source.dsn}", f"--target={shell.target.dsn}")
    verified = shell.run("verify", *sides, f"--rules={shell.rules(KEEP)}", f"--key-file={shell.key_file()}")
    assert verified.status == 0, verified.said


def test_copy_of_a_database_without_tables_is_done(shell: Shell) -> None:
    # A run of no tables could not be recorded, and the message blamed the connection.
    shell.source.execute("CREATE SCHEMA lonely; CREATE FUNCTION lonely.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT lonely.f()") == 1


async def test_copy_of_one_of_everything_without_superuser_names_what_it_could_not_make(
    shell: Shell, referee: Database
) -> None:
    make_everything(shell.source)
    make_roles(shell.target.server)
    owner = f"owner_of_{shell.target.name}"
    shell.target.execute(f"CREATE ROLE {owner} LOGIN PASSWORD 'only-for-tests'")
    shell.target.execute(f'ALTER DATABASE "{shell.target.name}" OWNER TO {owner}')
    dsn = re.sub("//postgres:[^@]*@", f"//{owner}:only-for-tests@", shell.target.dsn)

    ended = shell.copy(KEEP, f"--target={dsn}", "--jobs=2")

    assert ended.status == 1, ended.said
    failed = {table["table"] for table in ended.data["tables"] if table["state"] == "failed"}
    assert failed == NEED_SUPERUSER
    assert await row_differences(shell.source, shell.target, referee) == []
    missing = await definition_differences(shell.source, shell.target, kinds={"tables"})
    tables = {line.removeprefix("tables: missing: ") for line in missing if "missing" in line}
    assert {name for name in NEED_SUPERUSER | FOREIGN if name not in tables} == set()
    for name in ("always_on", "everything_there_is", "own_wrapper", "plshop", "shop.splitter", "shop.secret_text"):
        assert name in ended.stderr
