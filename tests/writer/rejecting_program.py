"""A program that tests kill: writes ranges of numbers, some of them bad, that its cursor lacks."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from pgsluice import Rejects, Table, Writer

END = 200
STEP = 40
#: Bad by a CHECK, and one in each range that cannot be encoded.
BAD_EVERY = 9
UNFIT = 5


def rows(start: int, end: int) -> list[tuple[object, ...]]:
    return [
        (n, -1 if n % BAD_EVERY == 0 else n, "no\0text" if n % STEP == UNFIT else "text") for n in range(start, end)
    ]


def is_bad(number: int) -> bool:
    return number % BAD_EVERY == 0 or number % STEP == UNFIT


async def main(dsn: str, strategy: str, context: Any, place: str) -> None:
    rejects = Rejects(file=Path(place)) if "/" in place else Rejects(table=place)
    declared = {"number": Table(strategy=strategy, on_error="reject")}
    async with Writer(dsn, declared, context=context, rejects=rejects) as writer:
        missing = await writer.gaps("numbers", 0, END)
        for position in [start for first, end in missing for start in range(first, end, STEP)]:
            async with writer.batch("numbers", position, position + STEP) as batch:
                await batch.write("number", rows(position, position + STEP))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
