"""Finds the blocks of a page that tests use.

What a fence's info string may say behind the language:

- `run`: a shell block, run by bash with the environment's programs on the path; `exit=N` where it must fail so;
- `file=NAME`: the block is written to that file;
- `on=source`, `on=target`: SQL that the administrator of that server runs;
- `existing`: grants that test_rights.py takes away one by one;
- `shows`: lines that the block before must have printed, in this order; `…` stands for anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Of the roles that the operators' guide makes.
PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class Block:
    """One fenced block that a test uses."""

    number: int
    language: str
    words: dict[str, str]
    text: str

    @property
    def is_command(self) -> bool:
        return not self.words.keys().isdisjoint({"run", "file", "on"})


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for number, match in enumerate(FENCE.finditer(text), start=1):
        pairs = (word.partition("=") for word in match[2].split())
        words = {name: value for name, _, value in pairs}
        if words:
            found.append(Block(number, match[1], words, match[3]))
    return found


def people_sql() -> str:
    (block,) = (block for block in blocks("docs/tutorial.md") if block.words.get("file") == "people.sql")
    return block.text
