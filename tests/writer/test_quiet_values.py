"""What a quiet strategy takes for a change: another value, also one that is equal; and never the same value again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

QUIET = [found for found in STRATEGIES if found.promises.is_quiet]
TYPES = """
    CREATE EXTENSION citext; CREATE EXTENSION hstore;
    CREATE TYPE pair AS (a numeric, b text); CREATE DOMAIN name_of AS citext; CREATE DOMAIN price AS numeric;
    CREATE DOMAIN second AS timestamp(0);
"""
#: By type: a value, and one that is another, though the server has most of them for equal.
VALUES: dict[str, tuple[Any, Any]] = {
    "citext": ("Ada", "ADA"),
    "name_of": ("Ada", "ADA"),
    "citext[]": (["Ada", None], ["ADA", None]),
    "numeric": ("1.0", "1.00"),
    "price": ("1.0", "1.00"),
    "numeric(9, 2)": ("1.5", "1.51"),
    "pair": (("1.0", "a" * 300), ("1.00", "a" * 300)),
    "numeric[]": ([None, "1.0"], [None, "1.00"]),
    "numrange": ("[1.0,2)", "[1.00,2)"),
    "interval": ("1 mon", "30 days"),
    "interval second(0)": ("1.4 s", "3 s"),
    "jsonb": ('{"a": 1.0, "b": "%s"}' % ("x" * 9000), '{"a": 1.00, "b": "%s"}' % ("x" * 9000)),
    "json": ('{"a": 1}', '{"a":1}'),
    "hstore": ('"a"=>"1", "b"=>NULL', '"a"=>"1"'),
    "tsvector": ("a b", "a:1 b"),
    "point": ("(1,2.1)", "(1,2.10000001)"),
    "box": ("(0,0),(1,1)", "(5,5),(6,6)"),
    "timetz": ("12:00+00", "13:00+01"),
    "second": ("2026-01-01 00:00:00.4", "2026-01-01 00:00:01"),
    "text": ("b" * 9000, "b" * 9001),
    "inet": ("10.0.0.1", "10.0.0.1/24"),
    "bit varying": ("101", "0101"),
    "money": ("1.00", "1.01"),
}


@pytest.mark.parametrize("strategy", QUIET, ids=lambda found: found.name)
async def test_quiet_strategy_writes_what_changed_and_nothing_else(target_db: Database, strategy: Strategy) -> None:
    """A name in a citext column whose letters changed, or 30 days in place of a month, was taken for the same."""
    names = {kind: f"c{number}" for number, kind in enumerate(VALUES)}
    columns = ", ".join(f"{name} {kind}" for kind, name in names.items())
    await target_db.aexecute(f"{TYPES} CREATE TABLE t (k int PRIMARY KEY, {columns})")
    first, second = (tuple(pair[which] for pair in VALUES.values()) for which in (0, 1))
    rows = [(number, *first) for number in range(len(first))]
    changed = [(n, *(second[at] if at == n else value for at, value in enumerate(first))) for n in range(len(first))]

    async def versions() -> dict[int, str]:
        return {row["k"]: row["at"] for row in await target_db.afetch("SELECT k, ctid::text AS at FROM t")}

    async with Writer(target_db.dsn, {"t": Table(strategy=strategy.name)}) as writer:
        seen = []
        for batch in (rows, rows, changed, changed):
            await writer.write("t", batch)
            await writer.flush()
            seen.append(await versions())

    told = {kind: (seen[1][n] != seen[0][n], seen[2][n] != seen[1][n]) for n, kind in enumerate(VALUES)}
    assert told == dict.fromkeys(VALUES, (False, True))
    assert seen[3] == seen[2]
