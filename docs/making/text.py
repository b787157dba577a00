"""Owns the forms that all pages share: tables, prose, wrapped lines."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator

from pgsluice.errors import SluiceError

WIDTH = 100


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Make a table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def prose(text: str) -> Iterator[str]:
    """One sentence a line, paragraphs as they are."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(text).strip())):
        if number:
            yield ""
        # An example is indented; how far, a paragraph's first line no longer shows behind another.
        if paragraph.startswith("    "):
            yield from ("```python", *textwrap.dedent(paragraph).splitlines(), "```")
            continue
        yield from re.split(r"(?<=[.!?]) (?=[A-Z`])", " ".join(paragraph.split()))


def first_sentence(cls: type[SluiceError]) -> str:
    """Give what an error is, in its own words."""
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def sentence(text: str) -> str:
    """Put a text of several lines into one."""
    return " ".join(text.split())


def wrapped(text: str) -> Iterator[str]:
    """Break lines where they get wide."""
    for line in text.strip().splitlines():
        yield from textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
