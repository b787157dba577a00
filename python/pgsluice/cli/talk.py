"""Writes lines for people: wrapped at words to the terminal's width, left as they are for files and pipes."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from pgsluice.errors import printable


def tell(line: str) -> None:
    """Write talk: to standard error."""
    click.echo(_fitted(printable(line), is_terminal=sys.stderr.isatty()), err=True)


def show(line: str) -> None:
    """Write data for people: to standard output."""
    click.echo(_fitted(printable(line), is_terminal=sys.stdout.isatty()))


def output_width() -> int | None:
    """Columns of the terminal that standard output is; None where it is none, and lines may be as long as they like."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _fitted(line: str, *, is_terminal: bool) -> str:
    width = shutil.get_terminal_size().columns
    if not is_terminal or len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
