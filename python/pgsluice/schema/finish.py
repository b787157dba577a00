"""What a copied schema still needs when its rows are there: sequence positions."""

from __future__ import annotations

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.schema.next_values import read_next_values


async def set_sequences(source: Connection, target: Connection) -> list[str]:
    """Set the target's sequences to where the source's are; give the names of those that could not be set.

    A sequence that the target does not have is none of its tables'. One that either role has no right on stays where
    it is: its next values may be there already.
    """
    rows = await source.fetch(statement("sequences"), doing="reading the sequences")
    names = [qualified(row["schema"], row["name"]) for row in rows]
    next_values = await read_next_values(
        source,
        [
            name
            for name, row in zip(names, rows, strict=True)
            if row["last_value"] is None and row["may_read"] and row["may_select"]
        ],
    )
    set_there = await target.fetch(
        statement("set_sequences"),
        names,
        [next_values.get(name, row["last_value"]) for name, row in zip(names, rows, strict=True)],
        [row["last_value"] is not None for row in rows],
        [row["may_read"] for row in rows],
        doing="setting the sequences",
    )
    return [row["name"] for row in set_there if not row["is_set"]]
