"""Finds the statements of a TOML file by their lines, so that others can be put between them and no byte changes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# What begins a string; three of them begin one that goes over lines.
_QUOTES = ('"""', "'''", '"', "'")
# What stands before its end: any character, and in basic strings a backslash with the one behind it.
_CLOSING = {
    quote: re.compile(rf"(?:\\.|(?!{quote})[^\\])*{quote}" if quote[0] == '"' else rf".*?{quote}", re.DOTALL)
    for quote in _QUOTES
}


@dataclass(frozen=True)
class Header:
    """A `[table]` line: its names, its line, the line behind its last statement, and the line of the next header."""

    path: tuple[str, ...]
    line: int
    end: int
    next: int


def headers(lines: Sequence[str]) -> list[Header]:
    """Give the headers of a valid file, taken as `lines_of` it, each with the lines that belong to it.

    Comments and blank lines in front of the next header belong to that one.
    """
    found: list[Header] = []
    for first, last in _statements(lines):
        code = lines[first].strip()
        if code.startswith("["):
            found[-1:] = [replace(header, next=first) for header in found[-1:]]
            found.append(Header(_path(code), first, last + 1, len(lines)))
        else:
            found[-1:] = [replace(header, end=last + 1) for header in found[-1:]]
    return [header for header in found if header.path]


def commented_keys(lines: Sequence[str], header: Header, marker: str) -> set[str]:
    """Give the keys of the comments behind a table's header that begin with a marker."""
    found: set[str] = set()
    for line in lines[header.line + 1 : header.next]:
        if line.startswith(marker):
            found |= _parsed(line.removeprefix(marker)).keys()
    return found


def lines_of(text: str) -> list[str]:
    """Cut a text into lines as TOML knows them, with their ends: a form feed or a line separator is none."""
    return _LINE.findall(text)


def _parsed(statement: str) -> dict[str, Any]:
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return {}


def _path(code: str) -> tuple[str, ...]:
    """The names in a header's brackets; nothing for an array of tables."""
    found, path = _parsed(code), []
    while isinstance(found, dict) and len(found) == 1:
        name, found = next(iter(found.items()))
        path.append(name)
    return tuple(path) if found == {} else ()


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and last line of each statement: those with strings or brackets that are still open go on."""
    first, quote, depth = 0, "", 0
    for number, line in enumerate(lines):
        if not quote and not depth:
            first = number
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        quote, depth = _after(line, quote, depth)
        if not quote and not depth:
            yield first, number


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """What is open behind a line: a string over several lines, and how many brackets."""
    place = 0
    while place < len(line):
        if quote:
            found = _CLOSING[quote].match(line, place)
            if found is None:
                return (quote, depth) if len(quote) == 3 else ("", depth)
            # Up to two quotes may stand in front of the three that end a string.
            place = found.end()
            while len(quote) == 3 and line[place : place + 1] == quote[0]:
                place += 1
            quote = ""
            continue
        quote = next((mark for mark in _QUOTES if line.startswith(mark, place)), "")
        if quote:
            place += len(quote)
            continue
        if line[place] == "#":
            break
        depth += (line[place] in "[{") - (line[place] in "]}")
        place += 1
    return quote, depth
