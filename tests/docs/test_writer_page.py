"""Runs the Writer's tutorial: its Python blocks are one program, and what they print is on the page."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
from typing import Any

import pytest
from pages import Block, blocks
from test_examples import missing_line

PAGE = "docs/writer.md"


async def run(block: Block, names: dict[str, Any]) -> str:
    """Run a block as `python -m asyncio` does, where await may stand outside of functions; give what it prints."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    # A page's own `from __future__` settings, and none of this file's.
    code = compile(block.text, f"{PAGE}, block {block.number}", "exec", flags=flags, dont_inherit=True)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        result = eval(code, names)
        if inspect.iscoroutine(result):
            await result
    return output.getvalue()


@pytest.mark.db
async def test_writer_page_runs_from_top_to_bottom() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = ""
    try:
        for block in blocks(PAGE):
            if "run" in block.words:
                printed = await run(block, names)
            else:
                missing = missing_line(block.text, printed)
                assert missing is None, f"{PAGE}, block {block.number}: no line {missing!r} in\n{printed}"
    finally:
        if "server" in names:
            names["server"].close()


def test_writer_page_marks_every_block() -> None:
    found = blocks(PAGE)

    assert len(found) > 15
    assert {(block.language, *block.words) for block in found} == {("python", "run"), ("text", "shows")}
