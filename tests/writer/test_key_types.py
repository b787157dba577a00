"""Keys that are equal on the server are one row, whatever bytes they come in, and those that are not are several."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

TYPES = """
    CREATE TYPE pair AS (a numeric, b text); CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE DOMAIN second AS timestamp(0); CREATE DOMAIN second_known AS second NOT NULL;
"""
#: By type: keys, and how many of them differ.
KEYS: dict[str, tuple[list[Any], int]] = {
    "timestamp(0)": ([dt.datetime(2026, 1, 1, 0, 0, 0, 400_000), dt.datetime(2026, 1, 1)], 1),  # noqa: DTZ001
    # Two keys that were rounded to one in the table met each other in one statement (SQLSTATE 21000).
    "second_known": ([dt.datetime(2026, 1, 1, 0, 0, 0, 400_000), dt.datetime(2026, 1, 1)], 1),  # noqa: DTZ001
    "interval year": (["1 year 2 mons", "1 year"], 1),
    "time(0)": ([dt.time(1, 1, 1, 400_000), dt.time(1, 1, 1)], 1),
    "timetz": (["12:00+00", "13:00+01"], 2),
    "interval": (["24:00:00", "1 day", "30 days", "1 mon"], 2),
    "float8": ([0.0, -0.0, float("nan"), float("nan"), 1.0], 3),
    "numeric": ([Decimal("1.0"), Decimal("1.00"), Decimal("NaN"), Decimal("NaN")], 2),
    "numeric[]": ([[Decimal("1.0")], [Decimal("1.00")], []], 2),
    "char(4)": (["a", "a ", "b"], 2),
    "varchar(4)": (["a", "a ", "b"], 3),
    "name": (["a", "b", "a"], 2),
    "jsonb": (['{"a": 1.0}', '{"a": 1.00}', '{"a":1}'], 1),
    "uuid": (["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"], 1),
    "bytea": ([b"a", b"a", b"\\x61"], 2),
    "inet": (["10.0.0.1", "10.0.0.1/32", "10.0.0.1/24"], 2),
    "macaddr": (["08:00:2b:01:02:03", "08-00-2b-01-02-03"], 1),
    "numrange": (["[1,2)", "[1.0,2.00)"], 1),
    "int4range": (["[1,2]", "[1,3)"], 1),
    "tstzrange": (["[2026-01-01 00:00+00,)", "[2026-01-01 01:00+01,)"], 1),
    "bit(3)": (["101", "101", "111"], 2),
    "money": (["1.00", "$1.00"], 1),
    "tsvector": (["a b", "b a"], 1),
    "mood": (["happy", "sad", "happy"], 2),
    "pair": ([(Decimal("1.0"), "a"), (Decimal("1.00"), "a"), (Decimal("1.00"), "b")], 2),
}
#: Whether values of one key add up, or the last one stands.
DECLARED = {
    "upsert": (Table(strategy="upsert"), False),
    "upsert that adds": (Table(strategy="upsert", policies={"n": "add"}), True),
    "quiet_upsert": (Table(strategy="quiet_upsert"), False),
    "cte_upsert": (Table(strategy="cte_upsert"), False),
    "merge": (Table(strategy="merge"), False),
    "accumulate": (Table(strategy="accumulate"), True),
    "staged": (Table(strategy="staged"), True),
    "ignore": (Table(strategy="ignore"), False),
}


@pytest.mark.parametrize("kind", KEYS)
async def test_equal_keys_are_one_row(target_db: Database, kind: str) -> None:
    keys, differing = KEYS[kind]
    await target_db.aexecute(f"{TYPES} CREATE TABLE t (k {kind} PRIMARY KEY, n int)")
    found = {}

    for name, (table, _) in DECLARED.items():
        await target_db.aexecute("TRUNCATE t")
        async with Writer(target_db.dsn, {"t": table}) as writer:
            await writer.write("t", [(key, 1) for key in keys])
            await writer.flush()
            await writer.write("t", [(key, 1) for key in reversed(keys)])
        rows = await target_db.afetch("SELECT n FROM t")
        found[name] = (len(rows), sum(row["n"] for row in rows))

    assert found == {name: (differing, 2 * len(keys) if adds else differing) for name, (_, adds) in DECLARED.items()}
