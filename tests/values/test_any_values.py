"""Any value of a type is what the server reads in a literal that Python makes of it by another way, by both ways."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from wires import column_wires, copy, encoder, unnest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import asyncpg
    from hypothesis.strategies import SearchStrategy

    from pgsluice.catalog.wire_types import WireType
    from servers import Database

pytestmark = pytest.mark.db

# ruff: noqa: DTZ001 - datetimes without a zone are values too

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ZONES = st.timezones() | st.integers(-959, 959).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
OFFSETS = st.integers(-57_599, 57_599).map(lambda seconds: dt.timezone(dt.timedelta(seconds=seconds)))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [Decimal("NaN"), Decimal("-Infinity"), Decimal("1E+131071"), Decimal("-1E-16383"), Decimal("0E-5")]
)
FLOATS = st.floats()
SINGLES = st.floats(width=32)


def quoted(text: str) -> str:
    """In quotes, as arrays, hstores, ranges and composites read any text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moment(value: dt.datetime) -> str:
    """In UTC, where the server needs no rules of zones; beyond the years of Python there is no other text."""
    days = (value.replace(tzinfo=None) - dt.datetime(1, 1, 1)) - (value.utcoffset() or dt.timedelta())
    day, rest = divmod(days, dt.timedelta(days=1))
    clock = f"{rest // dt.timedelta(hours=1):02}:{rest // dt.timedelta(minutes=1) % 60:02}"
    clock += f":{rest // dt.timedelta(seconds=1) % 60:02}.{rest.microseconds:06}+00"
    if day < 0:  # 0001-12-31 BC is the day before the first.
        return f"0001-12-{32 + day:02} {clock} BC"
    last = dt.date.max.toordinal() - 1
    date = dt.date.fromordinal(day + 1).isoformat() if day <= last else f"10000-01-{day - last:02}"
    return f"{date} {clock}"


def array(value: Any, element: Callable[[Any], str]) -> str:
    """The literal of an array of any dimensions."""
    if isinstance(value, list):
        return "{" + ",".join(array(item, element) for item in value) + "}" if value else "{}"
    return "NULL" if value is None else quoted(element(value))


def matrix(element: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Lists of one and of two dimensions, with NULLs."""
    item = element | st.none()
    rows = st.integers(1, 3).flatmap(
        lambda width: st.lists(st.lists(item, min_size=width, max_size=width), min_size=1, max_size=3)
    )
    return st.lists(item, max_size=4) | rows


def bounds(element: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Ranges as tuples: the lower bound is not above the upper one."""
    return st.lists(element, min_size=2, max_size=2).map(sorted).map(tuple) | st.tuples(st.none(), element | st.none())


def range_literal(value: tuple[Any, Any]) -> str:
    lower, upper = ("" if bound is None else quoted(str(bound)) for bound in value)
    return f"[{lower},{upper})"


def hstore_literal(value: Mapping[str, str | None]) -> str:
    pairs = (f"{quoted(name)}=>{'NULL' if text is None else quoted(text)}" for name, text in value.items())
    return ",".join(pairs)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.lists(JSON, max_size=3) | st.dictionaries(TEXT, JSON, max_size=3)
COMPOSITES = st.tuples(st.integers(-(2**31), 2**31 - 1) | st.none(), TEXT | st.none())

#: Type, values, and the literal of one.
TYPES: list[tuple[str, SearchStrategy[Any], Callable[[Any], str]]] = [
    ("bool", st.booleans(), str),
    ("int2", st.integers(-(2**15), 2**15 - 1), str),
    ("int4", st.integers(-(2**31), 2**31 - 1), str),
    ("int8", st.integers(-(2**63), 2**63 - 1), str),
    ("float4", SINGLES, repr),
    ("float8", FLOATS, repr),
    ("numeric", DECIMALS | st.integers(-(10**40), 10**40), str),
    ("numeric(12,3)", st.decimals(-(10**8), 10**8, places=3), str),
    ("text", TEXT, str),
    ("char(12)", TEXT, str),
    ("bytea", st.binary(max_size=20), lambda value: "\\x" + value.hex()),
    ("uuid", st.uuids(), uuid.UUID.__str__),
    ("date", st.dates(), dt.date.isoformat),
    ("time", st.times(), dt.time.isoformat),
    ("timetz", st.times(timezones=OFFSETS), dt.time.isoformat),
    ("timestamp", st.datetimes(), dt.datetime.isoformat),
    ("timestamptz", st.datetimes(timezones=ZONES, allow_imaginary=False), moment),
    ("interval", st.timedeltas(), lambda v: f"{v.days} days {v.seconds} seconds {v.microseconds} microseconds"),
    ("json", DOCUMENTS, lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))),
    ("jsonb", DOCUMENTS, json.dumps),
    ("inet", st.ip_addresses() | st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(
        ipaddress.ip_interface), str),
    ("oid", st.integers(0, 2**32 - 1), str),
    ("xid8", st.integers(0, 2**64 - 1), str),
    ("varbit", st.text("01", max_size=20), str),
    ("point", st.tuples(FLOATS, FLOATS), repr),
    ("hstore", st.dictionaries(TEXT, TEXT | st.none(), max_size=3), hstore_literal),
    ("vector", st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False),
                        min_size=1, max_size=4), str),
    ("mood", st.sampled_from(["ok", 'so "so"']), str),
    ("pair", COMPOSITES, lambda v: "(" + ",".join("" if part is None else quoted(str(part)) for part in v) + ")"),
    ("int4[]", matrix(st.integers(-(2**31), 2**31 - 1)), lambda value: array(value, str)),
    ("text[]", matrix(TEXT), lambda value: array(value, str)),
    ("numeric[]", matrix(DECIMALS), lambda value: array(value, str)),
    ("numrange", bounds(st.decimals(allow_nan=False, allow_infinity=False)), range_literal),
    ("tsrange", bounds(st.datetimes()), range_literal),
    ("int8multirange", st.lists(bounds(st.integers(-(2**63), 2**63 - 1)), max_size=3),
     lambda value: "{" + ",".join(map(range_literal, value)) + "}"),
]  # fmt: skip
VALUES_PER_TYPE = 30


def some(strategy: SearchStrategy[Any]) -> list[Any]:
    """Values of a strategy, the same ones every time."""
    found: list[Any] = []

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=VALUES_PER_TYPE,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


async def arrived(
    connection: asyncpg.Connection, columns: Sequence[tuple[str, WireType]], values: list[Any]
) -> list[str]:
    """What is in the table after a COPY and an INSERT from an array; no value may be refused."""
    found: list[str] = []
    for is_copy in (True, False):
        rows, faults = encoder(columns, is_copy=is_copy).encode_tuples(list(enumerate(values)), 0)
        assert faults == []
        await (copy(connection, "t", rows) if is_copy else unnest(connection, "t", columns, rows))
        found += [row["v"] for row in await connection.fetch("SELECT v::text AS v FROM t ORDER BY n")]
        await connection.execute("TRUNCATE t")
    return found


async def test_any_value_is_what_the_server_reads_in_its_literal(target_db: Database) -> None:
    # What sends arrays as the bytes they are sends no lists of texts.
    connection, reader = await target_db.connect(), await target_db.connect()
    wrong: list[object] = []
    try:
        await connection.execute(
            "CREATE EXTENSION hstore; CREATE EXTENSION vector; CREATE TYPE mood AS ENUM ('ok', 'so \"so\"');"
            "CREATE TYPE pair AS (number int4, word text)"
        )
        for name, strategy, literal in TYPES:
            values = some(strategy)
            await connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t (n int4, v {name})")
            found = await arrived(connection, await column_wires(connection, "t"), values)
            literals = [literal(value) for value in values]
            read = await reader.fetch(f"SELECT v::{name}::text AS v FROM unnest($1::text[]) AS v", literals)
            expected = [row["v"] for row in read] * 2
            wrong += [
                (name, value, *pair)
                for value, *pair in zip(values * 2, found, expected, strict=True)
                if pair[0] != pair[1]
            ]
    finally:
        await connection.close()
        await reader.close()

    assert wrong == []
