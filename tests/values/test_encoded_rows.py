"""Encoded rows are sorted, told apart and cut by their keys, and remember their places."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pgsluice._core import RowEncoder, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def rows_of(rows: Sequence[tuple[object, ...]], *names: str, first: int = 0) -> Rows:
    return encoder(*names).encode_tuples(rows, first)[0]


def encoder(*names: str) -> RowEncoder:
    specs = [
        {"name": name, "form": "binary", "type": {"oid": 1, "schema": "pg_catalog", "name": name, "kind": "base"}}
        for name in names
    ]
    return RowEncoder(json.dumps(specs))


def test_rows_are_sorted_by_number_and_ties_keep_their_order() -> None:
    rows = rows_of([(3, "a"), (-1, "b"), (None, "c"), (3, "d"), (256, "e")], "int4", "text", first=10)

    assert rows.sorted_by([0]).positions == [12, 11, 10, 13, 14]
    assert rows.positions == [10, 11, 12, 13, 14]


def test_rows_are_sorted_by_the_whole_key() -> None:
    rows = rows_of([("b", 1), ("a", 2), ("a", -1), ("ab", 0), ("", 9)], "text", "int8")

    assert rows.sorted_by([0, 1]).positions == [4, 2, 1, 3, 0]


@pytest.mark.parametrize(("keep", "kept", "dropped"), [("last", [1, 2, 3, 4], [0]), ("first", [0, 1, 2, 4], [3])])
def test_one_row_of_each_key_is_kept(keep: str, kept: list[int], dropped: list[int]) -> None:
    rows = rows_of([(Decimal("1.0"),), (None,), (None,), (Decimal("1.00"),), (Decimal(2),)], "numeric")

    left, gone = rows.deduplicated([0], keep)

    assert (kept, dropped) == (left.positions, gone)
    assert (rows.has_duplicates([0]), left.has_duplicates([0])) == (True, False)


def test_nulls_in_a_key_are_told() -> None:
    rows = rows_of([(1, None), (None, 2), (3, 3)], "int4", "int4", first=5)

    assert (rows.null_positions([0]), rows.null_positions([0, 1])) == ([6], [5, 6])


def test_parts_put_together_are_the_whole() -> None:
    made = encoder("int4", "text")
    rows, _ = made.encode_tuples([(n, "x" * n) for n in range(10)], 0)

    joined = Rows.joined([rows.slice(0, 3), rows.slice(3, 3), rows.slice(3, 100)])

    assert rows.piece(0) == joined.piece(0)
    assert list(range(10)) == joined.positions
    assert joined.without([1, 3, 4, 5, 6, 7, 8, 99]).positions == [0, 2, 9]
    with pytest.raises(ValueError, match="one encoder"):
        Rows.joined([rows, rows_of([(1, "a")], "int4", "text")])
    with pytest.raises(ValueError, match="one encoder"):
        Rows.joined([])


def test_arrays_are_in_the_send_format() -> None:
    rows = rows_of([(1, "a"), (None, "bc")], "int4", "text")

    # PostgreSQL 18.6: select encode(array_send(array[1, null]), 'hex'), with the OID 1 of these types.
    assert rows.array(0) == bytes.fromhex(
        "00000001 00000001 00000001 00000002 00000001 00000004 00000001 ffffffff".replace(" ", "")
    )
    # PostgreSQL 18.6: select encode(array_send(array[0, 1]::int8[]), 'hex')
    assert rows.position_array() == bytes.fromhex(
        "00000001 00000000 00000014 00000002 00000001 00000008 0000000000000000 00000008 0000000000000001"
    )
    with pytest.raises(ValueError, match="ordinal"):
        rows.array(2)


def test_keys_that_the_server_may_call_equal_are_told() -> None:
    made = encoder("int4", "numeric", "uuid", "citext", "jsonb", "bpchar", "float8")

    assert [made.is_key_exact(ordinal) for ordinal in range(7)] == [True, True, True, False, False, True, True]
