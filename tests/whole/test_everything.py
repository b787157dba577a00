"""A database with one of everything arrives whole: compared on the servers, by what they say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compare import definition_differences, row_count, row_differences
from everything import make_everything, make_roles

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

# pg_dump makes the columns of a table's parents first, wherever they stand on the source.
OTHER_ORDER = {"shop.adopted", "shop.books", "shop.sold_books"}
# A mapping leads to another server and may hold a password.
LEFT_OUT = [
    "foreign_data: missing: mapping elsewhere for public",
    "objects: missing: user mapping public on server elsewhere",
]


async def test_copy_of_one_of_everything_is_equal(shell: Shell, referee: Database) -> None:
    make_everything(shell.source)
    make_roles(shell.target.server)

    ended = shell.copy(KEEP, "--jobs=2")

    assert ended.status == 0, ended.said
    assert await row_count(shell.source) > 18_000
    assert await row_differences(shell.source, shell.target, referee) == []
    different = [line.partition("\n")[0] for line in await definition_differences(shell.source, shell.target)]
    expected = [f"column_order: different: {table}" for table in OTHER_ORDER]
    assert sorted(different) == sorted([*expected, *LEFT_OUT])


def test_copy_of_a_database_without_tables_is_done(shell: Shell) -> None:
    # A run of no tables could not be recorded, and the message blamed the connection.
    shell.source.execute("CREATE SCHEMA lonely; CREATE FUNCTION lonely.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT lonely.f()") == 1
