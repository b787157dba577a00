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
from wires import Case, found_wrong

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


PLAIN: list[Case] = [
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

#: Types that no mask reads.
WRITTEN: list[Case] = [
    ("interval", dt.timedelta(days=-1, seconds=1, microseconds=5), "-1 day +00:00:01.000005"),
    ("interval", dt.timedelta(hours=36), "1 day 12:00"),
    ("interval", dt.timedelta.max, "999999999 days 23:59:59.999999"),
    ("interval", "1 year -2 mons", "1 year -2 mons"),
    ("interval", "P1Y2M3DT4H5M6.5S", "P1Y2M3DT4H5M6.5S"),
    ("interval[]", [dt.timedelta(-1), "-1 mon 1 day -00:00:01"], '{"-1 day","-1 mon 1 day -00:00:01"}'),
    ("timetz", dt.time(4, 5, 6, 789, tzinfo=EAST), "04:05:06.000789+05:30"),
    ("timetz", dt.time(4, tzinfo=WEST), "04:00-03:30"),
    ("timetz[]", ["24:00-15:59:59"], "{24:00:00-15:59:59}"),
    ("oid", 4294967295, "4294967295"),
    ("xid8", 2**64 - 1, "18446744073709551615"),
    ("xid", "7", "7"),
    ("pg_lsn", "16/b374d848", "16/B374D848"),
    ('"char"', "a", "a"),
    ('"char"', "", ""),
    ('"char"[]', ["a", "\\377", ""], '{a,"\\\\377",""}'),
    ("bit(3)", "101", "101"),
    ("varbit(12)", asyncpg.BitString("1010101011"), "1010101011"),
    ("varbit", "", ""),
    ("bit(3)[]", ["101", None], "{101,NULL}"),
    ("point", (1, -2.5), "(1,-2.5)"),
    ("point", asyncpg.Point(1, 2), "(1,2)"),
    ("point", "( 1 , 2 )", "(1,2)"),
    ("point[]", [(1, 2), None], '{"(1,2)",NULL}'),
    ("point[]", [[(1, 2)], [(3, 4)]], '{{"(1,2)"},{"(3,4)"}}'),
    ("lseg", ((1, 2), (3, 4)), "[(1,2),(3,4)]"),
    ("box", asyncpg.Box((1, 2), (3, 0)), "(1,2),(3,0)"),
    ("box[]", [((1, 2), (3, 4)), ((5, 6), (7, 8))], "{(3,4),(1,2);(7,8),(5,6)}"),
    ("path", [(1, 2), (3, 4)], "[(1,2),(3,4)]"),
    ("path", asyncpg.Path((1, 2), (3, 4), is_closed=True), "((1,2),(3,4))"),
    ("polygon", ((1, 2), (3, 4), (5, 6)), "((1,2),(3,4),(5,6))"),
    ("line", (1, 2, 3), "{1,2,3}"),
    ("circle", ((1, 2), 3), "<(1,2),3>"),
    ("circle", asyncpg.Circle((1, 2), 3), "<(1,2),3>"),
    ("jsonpath", "$.a[*] ? (@ > 1)", "$.a[*] ? (@ > 1)"),
    ("hstore", {"a": "1", "b c": None, "": '"\\'}, '"a"=>"1", "b c"=>NULL, ""=>"\\"\\\\"'),
    ("hstore", {}, ""),
    ("hstore", "a=>1, b=>null", "a=>1, b=>null"),
    ("hstore[]", [{"a": 'q"'}], '{"\\"a\\"=>\\"q\\\\\\"\\""}'),
    ("citext", "MiXed", "MiXed"),
    ("citext[]", ["MiXed"], "{MiXed}"),
    ("ltree", "Top.Science", "Top.Science"),
    ("ltree[]", ["a.b", ""], '{a.b,""}'),
    ("lquery", "Top.*{1,2}", "Top.*{1,2}"),
    ("ltxtquery", "a & b*", "a & b*"),
    ("vector", [1, 2.5, -3e-5], "[1,2.5,-3e-5]"),
    ("vector(2)", (0.1, 0.2), "[0.1,0.2]"),
    ("vector", "[1,2]", "[1,2]"),
    ("vector[]", [[1, 2], [3]], '{"[1,2]","[3]"}'),
    ("halfvec", [0.1, 65504], "[0.1,65504]"),
]  # fmt: skip

#: Types that go as text alone, so not by COPY.
AS_TEXT: list[Case] = [
    ("tsvector", "'a':1 'b c':2A", "'a':1 'b c':2A"),
    ("tsquery", "a & !b", "a & !b"),
    ("money", "12.34", "12.34"),
    ("regclass", "pg_class", "pg_class"),
    ("tid", "(1,2)", "(1,2)"),
    ("int2vector", "1 2", "1 2"),
    ("tsvector[]", ["'a':1"], "{'a':1}"),
    ("pg_snapshot", "10:20:10,14", "10:20:10,14"),
    ("aclitem", "postgres=r/postgres", "postgres=r/postgres"),
]

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
    try:
        await connection.execute(DEFINITIONS)
        wrong = await found_wrong(connection, PLAIN)
    finally:
        await connection.close()

    assert wrong == []


async def test_values_of_types_that_no_mask_reads_arrive(target_db: Database) -> None:
    connection = await target_db.connect()
    try:
        for extension in ("citext", "hstore", "ltree", "vector"):
            await connection.execute(f"CREATE EXTENSION {extension}")
        wrong = await found_wrong(connection, WRITTEN)
    finally:
        await connection.close()

    assert wrong == []


async def test_values_without_a_binary_form_arrive_as_text(target_db: Database) -> None:
    connection = await target_db.connect()
    try:
        wrong = await found_wrong(connection, AS_TEXT, is_copied=False)
    finally:
        await connection.close()

    assert wrong == []
