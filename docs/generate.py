"""Writes docs/reference from the code: masks, verbs, errors, types and library are described where they are made.

`make docs` runs it. It knows no server; each page has a file in `making`, with what the code does not tell as text.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Run as a file, it finds them by itself; loaded by a test it does not.
sys.path.insert(0, str(Path(__file__).parent))

from making.command_line import cli_page
from making.errors import errors_page
from making.library import library_page
from making.masks import masks_page
from making.types import types_page, values_page
from making.writer import writer_page

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Made by docs/generate.py; do not edit. -->\n"


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Make the pages, by file name."""
    made = {
        "masks.md": masks_page(),
        "cli.md": cli_page(),
        "errors.md": errors_page(),
        "types.md": types_page(),
        "library.md": library_page(),
        "writer.md": writer_page(),
        "values.md": values_page(),
    }
    return {name: f"{_MADE}\n{text.rstrip()}\n" for name, text in made.items()}


if __name__ == "__main__":
    sys.exit(main())
