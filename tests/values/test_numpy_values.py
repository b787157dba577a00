"""Scalars and arrays of numpy, and times of pandas, are the plain values that they stand for, or are refused."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from wires import Case, column_wires, encoder, found_wrong

from pgsluice._core import RowEncoder

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db


class NanoTime(dt.datetime):
    """A time as pandas has it: a subclass that knows finer parts than its parent."""

    nanosecond: float = 0


class NanoDelta(dt.timedelta):
    """A span as pandas has it."""

    nanoseconds: int = 0


class Vector:
    """Numbers as the package pgvector has them."""

    def to_list(self) -> list[float]:
        return [1.0, 2.5]


def masked() -> object:
    # The number that lies below a mask must not be seen.
    return np.ma.array([1234.5], mask=[True])[0]


TAKEN: list[Case] = [
    ("bool", np.bool_(True), "t"),
    ("int4", np.int32(-5), "-5"),
    ("int8", np.uint64(2**63 - 1), "9223372036854775807"),
    ("float4", np.float32(0.1), "0.1"),
    ("float8", np.float64(0.1), "0.1"),
    ("numeric", np.float64(0.1), "0.1"),
    ("text", np.str_("a"), "a"),
    ("bytea", np.bytes_(b"a"), "\\x61"),
    ("int4", np.array(7), "7"),
    ("int4[]", np.array([[1, 2], [3, 4]]), "{{1,2},{3,4}}"),
    ("float8[]", np.ma.array([1.0, 2.0], mask=[True, False]), "{NULL,2}"),
    ("date", np.datetime64("2024-02-29"), "2024-02-29"),
    ("timestamp", np.datetime64("2024-01-02T03:04:05.000006", "us"), "2024-01-02 03:04:05.000006"),
    ("timestamp", np.datetime64("2024-01-02T03:04:05.000006", "ns"), "2024-01-02 03:04:05.000006"),
    ("timestamp[]", np.array(["2024-01-02", "NaT"], "M8[ns]"), '{"2024-01-02 00:00",NULL}'),
    ("interval", np.timedelta64(-1500, "ms"), "-1 days +23:59:58.5"),
    ("interval", np.timedelta64(7000, "ns"), "00:00:00.000007"),
    ("vector", np.array([1, 2.5]), "[1,2.5]"),
    ("vector", Vector(), "[1,2.5]"),
    ("timestamp", NanoTime(2024, 1, 2), "2024-01-02 00:00"),
    ("interval", NanoDelta(seconds=1), "00:00:01"),
]


def fine_time() -> object:
    time = NanoTime(2024, 1, 2)
    time.nanosecond = 1
    return time


def no_time() -> object:
    time = NanoTime(2024, 1, 2)
    time.nanosecond = float("nan")
    return time


def fine_delta() -> object:
    delta = NanoDelta(seconds=1)
    delta.nanoseconds = 1
    return delta


REFUSED: list[tuple[str, object]] = [
    ("int4", np.bool_(True)),
    ("int4", np.float64(5)),
    ("int2", np.int64(2**15)),
    ("bool", np.int8(1)),
    ("float8", np.complex64(1)),
    ("int8", np.datetime64("2024-01-02", "ns")),
    ("int8", np.timedelta64(5, "ns")),
    ("timestamp", np.datetime64("2024-01-02T03:04:05.000000006", "ns")),
    ("timestamp", np.datetime64("20000-01-01", "us")),
    ("interval", np.timedelta64(5, "M")),
    ("int8", np.timedelta64(5, "M")),
    ("timestamp", fine_time()),
    ("timestamp", no_time()),
    ("interval", fine_delta()),
]


async def test_values_of_numpy_are_what_the_server_makes_of_a_literal(target_db: Database) -> None:
    connection = await target_db.connect()
    try:
        await connection.execute("CREATE EXTENSION vector")
        wrong = await found_wrong(connection, TAKEN)
    finally:
        await connection.close()

    assert wrong == []


async def test_values_of_numpy_that_would_lose_something_are_refused(target_db: Database) -> None:
    connection = await target_db.connect()
    taken = []
    try:
        for number, (name, value) in enumerate(REFUSED):
            await connection.execute(f"CREATE TABLE t{number} (v {name})")
            rows, _ = encoder(await column_wires(connection, f"t{number}")).encode_tuples([(value,)], 0)
            if rows.rows:
                taken.append((name, value))
    finally:
        await connection.close()

    assert taken == []


def test_what_numpy_says_is_missing_is_null() -> None:
    spec = {"oid": 1, "schema": "pg_catalog", "name": "float8", "kind": "base"}
    made = RowEncoder(json.dumps([{"name": "v", "form": "binary", "is_not_null": True, "type": spec}]))
    missing = [masked(), np.datetime64("NaT"), np.timedelta64("NaT", "ns")]

    _, faults = made.encode_tuples([(value,) for value in missing], 0)

    assert [reason.endswith("found NULL") for _, _, reason in faults] == [True] * 3
