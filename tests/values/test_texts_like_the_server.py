"""A text that is taken for a type is what the server reads in it, or the server refuses it as well."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import asyncpg
import pytest
from wires import column_wires, copy, encoder

if TYPE_CHECKING:
    from pgsluice._core import Rows
    from servers import Database

pytestmark = pytest.mark.db

#: Texts of each type, with which mutations begin.
SEEDS: dict[str, list[str]] = {
    "bool": ["true", "t", "no", "off", "1", "o"],
    "int4": ["2147483647", "-1", "+007", "1_0", "0x1F"],
    "float4": ["1.5e38", "-0", "NaN", "1e-46", "-inf", ".5"],
    "float8": ["1e308", "Infinity", "0x1p3", "5e-324", "1."],
    "numeric": ["1.5", "-1E-5", ".5", "NaN", "0x10", "1_000.5", "-Infinity", "0.000"],
    "bytea": ["\\x00fF", "\\x 0 0", "\\377a", "a\\\\b"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}"],
    "date": ["2024-02-29", "4714-11-24 BC", "infinity", "24-1-1", "20240101"],
    "time": ["24:00", "04:05:06.789", "04:05.5", "4:05"],
    "timetz": ["04:05:06-08:30:15", "24:00Z", "4:05.5+1"],
    "timestamp": ["2024-01-02 03:04:05.25", "2024-01-023:04", "2024-01-02T03:04 BC", "-infinity"],
    "timestamptz": ["2024-01-02 03:04Z", "2024-01-02T03:04:05.5+05:30", "2024-01-02 03:04-1530 BC"],
    "interval": ["1 year -2 mons 3 days 04:05:06.7", "P1Y2M3DT4H5M6.5S", "1.5 h", "04:05.5", "-1 day"],
    "inet": ["10.0.0.1/8", "::ffff:1.2.3.4", "1::2/64"],
    "cidr": ["10.0.0.0/8", "fe80::/10"],
    "macaddr": ["08:00:2b:01:02:03", "08002b-010203", "0800.2b01.0203"],
    "macaddr8": ["08:00:2b:01:02:03:04:05", "08002b0102030405"],
    "oid": ["4294967295", "010", "0"],
    "xid": ["4294967295", "010"],
    "cid": ["4294967295", "010"],
    "xid8": ["18446744073709551615", "010"],
    "pg_lsn": ["16/B374D848", "0/0"],
    '"char"': ["a", "\\377", ""],
    "varbit": ["101", "B1", "x1F"],
    "point": ["(1,-2.5)", "1 , 2"],
    "lseg": ["[(1,2),(3,4)]", "((1,2),(3,4))", "1,2,3,4"],
    "box": ["(1,2),(3,4)", "((1,2),(3,4))"],
    "path": ["[(1,2),(3,4)]", "((1,2),(3,4))", "(1,2,3,4)"],
    "polygon": ["((1,2),(3,4))", "1,2"],
    "line": ["{1,2,3}"],
    "circle": ["<(1,2),3>", "((1,2),3)", "1,2,3"],
    "jsonb": ['{"a": [1, 2.50, null]}', '"\\u00e9\\\\"', "-0", "1e400"],
    "hstore": ['a=>1, "b c"=>NULL', 'a=>"x\\"y"', "a=>\u00a01"],
    "vector": ["[1,2.5]", " [ -3e-5 ] "],
    "int4range": ["[1,5)", "empty", "(,3]", '["1", 2]'],
    "numrange": ["[1.50,2)", "(-infinity,NaN]"],
    "tstzrange": ["[2024-01-01 00:00Z,)", '("2024-01-01 00:00+05",infinity]'],
    "int4multirange": ["{[1,2), (5,7]}", "{}"],
    "textrange": ['[a,"b,c"]', '["",\\,)', "( a,b )"],
}
#: Blanks that some programs take for blanks and the server does not are among them.
EVERYWHERE = " 019.-+:TZe,\t\v\u00a0\u2003"
MUTATIONS = 400


def mutated(chance: random.Random, seeds: list[str]) -> str:
    """One of the seeds with up to three characters put in, taken out or replaced."""
    characters = list(chance.choice(seeds))
    alphabet = "".join(seeds) + EVERYWHERE
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randint(0, len(characters))
        is_longer = chance.random() < 0.4
        characters[at : at + (not is_longer)] = chance.choice(alphabet) if chance.random() < 0.7 else ""
    return "".join(characters)


async def written(connection: asyncpg.Connection, table: str, rows: Rows) -> list[str | None]:
    """What is in the table once rows were copied; None for those that the server refuses in binary form as well."""
    try:
        await copy(connection, table, rows)
    except asyncpg.DataError:
        if rows.rows == 1:
            return [None]
        half = rows.rows // 2
        first = await written(connection, table, rows.slice(0, half))
        return first + await written(connection, table, rows.slice(half, rows.rows))
    found = await connection.fetch(f"SELECT v::text FROM {table}")
    await connection.execute(f"TRUNCATE {table}")
    return [row["v"] for row in found]


async def differing(connection: asyncpg.Connection, name: str, texts: list[str]) -> list[object]:
    """The texts that are taken and of which the server makes another value, with both."""
    await connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t (v {name})")
    rows, faults = encoder(await column_wires(connection, "t")).encode_tuples([(text,) for text in texts], 0)
    refused = {position for position, _, _ in faults}
    taken = [text for position, text in enumerate(texts) if position not in refused]
    read = await connection.fetch(
        f"SELECT CASE WHEN pg_input_is_valid(v, $2) THEN v::{name}::text END AS v FROM unnest($1::text[]) AS v",
        taken,
        name,
    )
    ours = await written(connection, "t", rows)
    assert len(taken) == len(ours) > 0
    return [
        (name, *pair)
        for pair in zip(taken, ours, (row["v"] for row in read), strict=True)
        if None not in pair and pair[1] != pair[2]
    ]


async def test_texts_mean_what_they_mean_to_the_server(target_db: Database) -> None:
    """04:05.5 was written as 04:05:00.5 and 010 into an oid as 10; the server reads 00:04:05.5 and 8.

    Nobody saw it: all texts of the tests were such as people write.
    """
    chance = random.Random(4)
    connection = await target_db.connect()
    try:
        await connection.execute(
            "CREATE EXTENSION hstore; CREATE EXTENSION vector; CREATE TYPE textrange AS RANGE (subtype = text);"
            "SET timezone = 'Asia/Kolkata'"
        )
        wrong: list[object] = []
        for name, seeds in SEEDS.items():
            texts = seeds + [mutated(chance, seeds) for _ in range(MUTATIONS)]
            wrong += await asyncio.wait_for(differing(connection, name, texts), 120)
    finally:
        await connection.close()

    assert wrong == []
