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


def padded(text: str, width: int) -> str:
    """Fill up to so many columns of a terminal; some characters take two of them."""
    if text.isascii():
        return text.ljust(width)
    # Most names are ASCII, and rich takes as long to import as a small plan to make.
    from rich.cells import cell_len

    return text + " " * (width - cell_len(text))


def _fitted(line: str, *, is_terminal: bool) -> str:
    width = shutil.get_terminal_size().columns
    if not is_terminal or len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
