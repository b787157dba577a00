"""Reads where sequences stand that gave no value yet: only the sequence itself tells, no catalog does."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.driver import Connection

SEQUENCES_A_STATEMENT = 200


async def read_next_values(source: Connection, names: Sequence[str]) -> dict[str, int]:
    """Give the value that each of these sequences, named as in SQL, gives next."""
    found: dict[str, int] = {}
    for start in range(0, len(names), SEQUENCES_A_STATEMENT):
        some = names[start : start + SEQUENCES_A_STATEMENT]
        statement = " UNION ALL ".join(
            f"SELECT {number} AS number, last_value FROM {name}"  # noqa: S608 - quoted
            for number, name in enumerate(some)
        )
        rows = await source.fetch(statement, doing="reading the sequences")
        found |= {some[row["number"]]: row["last_value"] for row in rows}
    return found
