"""Every strategy comes to the rows of a flush in one order, so that writers who share a table can mix strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pgsluice import Table, Writer
from pgsluice.strategies.listed import STRATEGIES

if TYPE_CHECKING:
    from pgsluice.strategies.shape import Strategy
    from servers import Database

pytestmark = pytest.mark.db

#: Keys whose order on the server is not that of their bytes; those of citext have the server's.
KEYS: dict[str, list[Any]] = {
    "mood": ["sad", "glad", "happy", "calm"],
    "numeric": ["10", "9.5", "-3", "1000000", "0.001"],
    "citext": ["b", "A", "C", "a1", "_"],
}
SEEN = """
    CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'happy', 'glad', 'calm');
    CREATE TABLE t (k {kind} PRIMARY KEY, n int);
    CREATE TABLE seen (at int GENERATED ALWAYS AS IDENTITY, k text);
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO seen (k) VALUES (NEW.k::text); RETURN NEW; END';
    CREATE TRIGGER see BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION see()
"""
#: COPY meets no rows of others, and what `staged` adds up comes in the server's order. Of rows that are there,
#: cte_upsert's are locked before triggers see them.
NEW = [found for found in STRATEGIES if found.name not in {"copy", "staged"}]
THERE = [found for found in NEW if found.promises.needs_key and found.name != "cte_upsert"]


async def order(database: Database, strategy: Strategy, keys: list[Any], *, are_there: bool) -> list[str]:
    await database.aexecute("TRUNCATE t")
    async with Writer(database.dsn, {"t": Table(strategy=strategy.name)}) as writer:
        if are_there:
            await writer.write("t", [(key, 1) for key in keys])
            await writer.flush()
        await database.aexecute("TRUNCATE seen")
        await writer.write("t", [(key, 2) for key in keys])
    rows = await database.afetch("SELECT k FROM seen ORDER BY at")
    return list(dict.fromkeys(row["k"] for row in rows))


@pytest.mark.parametrize("kind", KEYS)
async def test_strategies_come_to_rows_in_one_order(target_db: Database, kind: str) -> None:
    """upsert, ignore and merge went by the keys' bytes, the others by the server's order: mixed they could deadlock."""
    await target_db.aexecute(SEEN.format(kind=kind))

    new = {found.name: await order(target_db, found, KEYS[kind], are_there=False) for found in NEW}
    there = {found.name: await order(target_db, found, KEYS[kind], are_there=True) for found in THERE}

    expected = new["upsert"]
    assert len(expected) == len(KEYS[kind])
    assert new == dict.fromkeys(new, expected)
    assert there == dict.fromkeys(there, expected)
