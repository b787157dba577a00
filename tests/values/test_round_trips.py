"""Values of every type reach the server as what the server itself makes of a literal, by COPY and by unnest."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest
from wires import column_wires, copy, encoded, encoder, unnest

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

# ruff: noqa: DTZ001 - datetimes without a zone are values too

UTC = dt.UTC
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))
WEST = dt.timezone(-dt.timedelta(hours=3, minutes=30))


class Weekday(enum.IntEnum):
    FRIDAY = 5


class Mood(enum.Enum):
    OK = "ok"


class Word(enum.StrEnum):
    HELLO = "hello"


#: Type, value, and a literal that means the same.
PLAIN: list[tuple[str, object, str]] = [
    ("bool", True, "t"),
    ("bool", False, "f"),
    ("int2", -32768, "-32768"),
    ("int4", 2147483647, "2147483647"),
    ("int8", -(2**63), "-9223372036854775808"),
    ("int4", Weekday.FRIDAY, "5"),
    ("int4", Decimal("5.00"), "5"),
    ("int8", Decimal("1E+3"), "1000"),
    ("float4", 1.5, "1.5"),
    ("float4", 0.1, "0.1"),
    ("float4", float("-inf"), "-Infinity"),
    ("float8", 0.1, "0.1"),
    ("float8", float("nan"), "NaN"),
    ("float8", -0.0, "-0"),
    ("float8", 2**53, "9007199254740992"),
    ("float8", 5e-324, "5e-324"),
    ("numeric", Decimal("-12345678901234567890.0123456789"), "-12345678901234567890.0123456789"),
    ("numeric", Decimal("0.000"), "0.000"),
    ("numeric", Decimal("1E+30"), "1e30"),
    ("numeric", Decimal("-1E-20"), "-1e-20"),
    ("numeric", Decimal("NaN"), "NaN"),
    ("numeric", Decimal("Infinity"), "Infinity"),
    ("numeric", 10**60 + 7, "1" + "0" * 59 + "7"),
    ("numeric", -7, "-7"),
    ("numeric", 0.1, "0.1"),
    ("numeric", "9" * 6000, "9" * 6000),
    ("numeric(10,2)", Decimal("12345678.9"), "12345678.90"),
    ("numeric(10,2)", Decimal("1.230"), "1.23"),
    ("numeric(2,4)", Decimal("0.0099"), "0.0099"),
    ("numeric(3,-2)", 12300, "12300"),
    ("text", "", ""),
    ("text", "a\\b'\"{},é\U0001f600\n\t", "a\\b'\"{},é\U0001f600\n\t"),
    ("text", Word.HELLO, "hello"),
    ("varchar(3)", "äöü", "äöü"),
    ("char(5)", "ab", "ab"),
    ("name", "n" * 63, "n" * 63),
    ("bytea", b"\x00\xff\\", "\\x00ff5c"),
    ("bytea", bytearray(b"ab"), "\\x6162"),
    ("bytea", memoryview(b"abcd")[::2], "\\x6163"),
    ("uuid", uuid.UUID("6b29fc40-ca47-1067-b31d-00dd010662da"), "6b29fc40-ca47-1067-b31d-00dd010662da"),
    ("uuid", "{6B29FC40CA471067B31D00DD010662DA}", "6b29fc40-ca47-1067-b31d-00dd010662da"),
    ("date", dt.date(1, 1, 1), "0001-01-01"),
    ("date", dt.date(9999, 12, 31), "9999-12-31"),
    ("date", "infinity", "infinity"),
    ("date", "0044-03-15 BC", "0044-03-15 BC"),
    ("time", dt.time(23, 59, 59, 999999), "23:59:59.999999"),
    ("time", "24:00", "24:00"),
    ("timestamp", dt.datetime(2024, 2, 29, 12, 34, 56, 789), "2024-02-29 12:34:56.000789"),
    ("timestamp", dt.datetime(1, 1, 1), "0001-01-01"),
    ("timestamp", dt.datetime(9999, 12, 31, 23, 59, 59, 999999), "9999-12-31 23:59:59.999999"),
    ("timestamp", dt.date(2024, 2, 29), "2024-02-29"),
    ("timestamp", "-infinity", "-infinity"),
    ("timestamptz", dt.datetime(2024, 2, 29, 12, tzinfo=UTC), "2024-02-29 12:00Z"),
    ("timestamptz", dt.datetime(2024, 2, 29, 12, tzinfo=EAST), "2024-02-29 12:00+05:30"),
    ("timestamptz", dt.datetime(1, 1, 1, tzinfo=EAST), "0001-01-01 00:00+05:30"),
    ("timestamptz", "2024-02-29 12:00-08", "2024-02-29 12:00-08"),
    ("timestamptz", "infinity", "infinity"),
    ("inet", ipaddress.ip_address("::1"), "::1"),
    ("inet", ipaddress.ip_interface("10.1.2.3/8"), "10.1.2.3/8"),
    ("cidr", ipaddress.ip_network("10.0.0.0/8"), "10.0.0.0/8"),
    ("inet", "192.168.0.1/24", "192.168.0.1/24"),
    ("macaddr", "08-00-2b-01-02-03", "08:00:2b:01:02:03"),
    ("macaddr8", "08:00:2b:01:02:03", "08:00:2b:01:02:03"),
    ("json", {"a": [1, None, "é\""]}, '{"a":[1,null,"é\\""]}'),
    ("jsonb", {"b": 1, "a": {"c": [True]}}, '{"b": 1, "a": {"c": [true]}}'),
    ("jsonb", [1, 2.5], "[1,2.5]"),
    ("jsonb", "null", "null"),
    ("jsonb", 7, "7"),
    ("json", ' {"kept":  "as is"} ', ' {"kept":  "as is"} '),
    ("mood", "so so", "so so"),
    ("mood", Mood.OK, "ok"),
    ("short_name", "abc", "abc"),
    ("positive", 5, "5"),
    ("int4[]", [1, None, -3], "{1,NULL,-3}"),
    ("int4[]", [], "{}"),
    ("int4[]", [[], []], "{}"),
    ("int4[]", [[1, 2], [3, 4], [5, None]], "{{1,2},{3,4},{5,NULL}}"),
    ("int4[]", ((1, 2), (3, 4)), "{{1,2},{3,4}}"),
    ("text[]", ["", "NULL", None, 'a"b\\c', "{,}", " "], '{"","NULL",NULL,"a\\"b\\\\c","{,}"," "}'),
    ("varchar(3)[]", ["abc"], "{abc}"),
    ("timestamptz[]", [dt.datetime(2024, 2, 29, 12, tzinfo=EAST)], '{"2024-02-29 12:00+05:30"}'),
    ("bytea[]", [b"\x00\\"], '{"\\\\x005c"}'),
    ("numeric(6,2)[]", [Decimal("1.5"), 2], "{1.50,2.00}"),
    ("float4[]", [0.1, 1e20], "{0.1,1e20}"),
    ("bool[]", [True, False], "{t,f}"),
    ("jsonb[]", [{"a": 1}, [1, 2]], '{"{\\"a\\": 1}","[1, 2]"}'),
    ("mood[]", ["ok", "so so"], '{ok,"so so"}'),
    ("positive[]", [1, 2], "{1,2}"),
    ("positives", [1, 2], "{1,2}"),
    ("date[]", ["infinity", dt.date(2024, 1, 2)], "{infinity,2024-01-02}"),
    ("int4range", (1, 5), "[1,5)"),
    ("int4range", (None, 5), "(,5)"),
    ("int4range", asyncpg.Range(1, 5, lower_inc=False, upper_inc=True), "(1,5]"),
    ("int4range", asyncpg.Range(empty=True), "empty"),
    ("int8range", "[1,2]", "[1,2]"),
    ("numrange", (Decimal("1.5"), None), "[1.5,)"),
    ("daterange", (dt.date(2024, 1, 1), dt.date(2025, 1, 1)), "[2024-01-01,2025-01-01)"),
    ("tstzrange", (dt.datetime(2024, 1, 1, tzinfo=UTC), None), "[2024-01-01 00:00Z,)"),
    ("textrange", ('a"b', "c\\d,"), '["a\\"b","c\\\\d,")'),
    ("textrange", '["a""b",c)', '["a""b",c)'),
    ("int4range[]", [(1, 5), None], '{"[1,5)",NULL}'),
    ("int4multirange", [(1, 5), (8, 9)], "{[1,5),[8,9)}"),
    ("int4multirange", [], "{}"),
    ("datemultirange", "{[2024-01-01,2024-02-01), (2024-03-01,)}", "{[2024-01-01,2024-02-01),(2024-03-01,)}"),
    ("point2d", (1, 2.5), "(1,2.5)"),
    ("point2d", {"x": None, "y": 2.5}, "(,2.5)"),
    ("address", ("Main \"St\"", ["a,b", None], (1, 2)), '("Main ""St""","{""a,b"",NULL}","(1,2)")'),
    ("address", {"street": "", "lines": [], "at": None}, '("",{},)'),
    ("address[]", [("s", ["l"], (1, 2)), None], '{"(s,{l},\\"(1,2)\\")",NULL}'),
]  # fmt: skip

DEFINITIONS = """
    CREATE TYPE mood AS ENUM ('ok', 'so so');
    CREATE DOMAIN short_name AS varchar(3);
    CREATE DOMAIN positive AS int4 CHECK (VALUE > 0);
    CREATE DOMAIN positives AS positive[];
    CREATE TYPE point2d AS (x int4, gone int4, y float8);
    ALTER TYPE point2d DROP ATTRIBUTE gone;
    CREATE TYPE address AS (street text, lines text[], at point2d);
    CREATE TYPE textrange AS RANGE (subtype = text);
"""


async def test_values_are_what_the_server_makes_of_a_literal(target_db: Database) -> None:
    connection = await target_db.connect()
    wrong = []
    try:
        await connection.execute(DEFINITIONS)
        for number, (name, value, literal) in enumerate(PLAIN):
            table = f"t{number}"
            await connection.execute(f"CREATE TABLE {table} (v {name})")
            columns = await column_wires(connection, table)
            await copy(connection, table, encoded(encoder(columns), [value, None]))
            await unnest(connection, table, columns, encoded(encoder(columns, is_copy=False), [value, None]))
            found = await connection.fetch(
                f"SELECT v::text AS found, $1::text::{name}::text AS expected FROM {table}",
                literal,
            )
            expected = found[0]["expected"]
            if [row["found"] for row in found] != [expected, None, expected, None]:
                wrong.append((name, value, literal, found))
    finally:
        await connection.close()

    assert wrong == []
