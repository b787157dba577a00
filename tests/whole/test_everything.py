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
# FIXME(issue 3): materialized views are filled when event triggers are on already, and one of these forbids it.
NOT_FILLED = {
    "shop.a_over_y",
    "shop.by_function",
    "shop.empty_but_filled",
    "shop.of_needs_key",
    "shop.y_over_z",
    "shop.z_by_region",
}
# FIXME(issue 3): a sequence that was set and not asked since begins at its start again.
NOT_SET = ["shop.set_not_called: 1 rows are missing, 1 are too many"]


async def test_copy_of_one_of_everything_is_equal(shell: Shell, referee: Database) -> None:
    make_everything(shell.source)
    make_roles(shell.target.server)

    ended = shell.copy(KEEP, "--jobs=2")

    assert ended.status == 0, ended.said
    assert await row_count(shell.source) > 18_000
    assert await row_differences(shell.source, shell.target, referee) == NOT_SET
    different = [line.partition("\n")[0] for line in await definition_differences(shell.source, shell.target)]
    expected = [f"column_order: different: {table}" for table in OTHER_ORDER]
    expected += [f"tables: different: {table}" for table in NOT_FILLED]
    assert sorted(different) == sorted(expected)
