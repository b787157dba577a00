"""Rows are asked for a few at a time: wide ones in small pieces, and those before a caller's own error are taken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice._core import RowEncoder
from pgsluice.errors import UsageError
from pgsluice.sources.python_rows import CHUNK_BYTES, CHUNK_ROWS, FIRST_ROWS, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database

WIDE = "x" * 300_000


def sizes(rows: Any) -> list[int]:
    """How many rows were encoded at a time."""
    text = {"oid": 25, "schema": "pg_catalog", "name": "text", "kind": "base"}
    specs = [{"name": "text", "form": "binary", "type": text}]
    pieces = encode(RowEncoder(json.dumps(specs)), rows, ["text"], first=0)
    return [encoded.rows for encoded, _, _ in pieces]


@pytest.mark.parametrize("shape", ["generator", "columns"])
def test_wide_rows_come_in_small_pieces(shape: str) -> None:
    """Two thousand rows were encoded at a time, however wide: a writer of 8 MiB took two gigabytes."""
    rows: Any = ((WIDE,) for _ in range(100)) if shape == "generator" else {"text": [WIDE] * 100}

    found = sizes(rows)

    assert found[0] == FIRST_ROWS
    assert sum(found) == 100
    assert all(count * len(WIDE) <= CHUNK_BYTES for count in found[1:])


def test_narrow_rows_come_in_large_pieces() -> None:
    assert sizes(("x",) for _ in range(5_000)) == [FIRST_ROWS, CHUNK_ROWS, CHUNK_ROWS, 5_000 - 2 * CHUNK_ROWS - 64]


def failing(count: int) -> Iterator[tuple[int, str]]:
    for number in range(count):
        yield number, "x"
    raise ZeroDivisionError


@pytest.mark.db
@pytest.mark.parametrize("count", [0, 10, 3_000])
async def test_rows_before_a_generators_error_are_taken(target_db: Database, count: int) -> None:
    """What it had given since the last full piece was dropped."""
    await target_db.aexecute("CREATE TABLE plain (id int, text text)")
    async with Writer(target_db.dsn, {"plain": Table()}) as writer:
        with pytest.raises(ZeroDivisionError):
            await writer.write("plain", failing(count))

    assert await target_db.avalue("SELECT count(*) FROM plain") == count


@pytest.mark.db
@pytest.mark.parametrize("column", [5, "canary", (number for number in range(1))], ids=["int", "str", "generator"])
async def test_column_that_is_no_list_is_refused(target_db: Database, column: Any) -> None:
    await target_db.aexecute("CREATE TABLE plain (id int, text text)")
    async with Writer(target_db.dsn, {"plain": Table()}) as writer:
        with pytest.raises(UsageError, match='column "text": expected a list of its values') as raised:
            await writer.write("plain", {"id": [1], "text": column})

    assert "canary" not in str(raised.value)
    assert await target_db.avalue("SELECT count(*) FROM plain") == 0
