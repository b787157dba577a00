"""What `import pgsluice` offers is described where it is made, with an example that is Python and fits a look."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import subprocess
import sys
import textwrap

import pytest

import pgsluice

EXAMPLE_LINES_MAX = 8
# Nobody makes them: they are caught.
ERRORS = {name for name in pgsluice.__all__ if name.endswith("Error")}


def example(text: str) -> str:
    """The first indented paragraph of a docstring: Python, or Python as a doctest shows it."""
    found = re.search(r"(?:^ {4}.*\n?)+", inspect.cleandoc(text), re.MULTILINE)
    lines = textwrap.dedent(found[0]) if found else ""
    shown = doctest.DocTestParser().get_examples(lines)
    return "".join(item.source for item in shown) or lines


@pytest.mark.parametrize("name", pgsluice.__all__)
def test_public_name_is_there_and_described(name: str) -> None:
    item = getattr(pgsluice, name)

    assert (item.__doc__ or "").strip()
    assert "object at" not in item.__doc__


@pytest.mark.parametrize("name", [name for name in pgsluice.__all__ if name not in ERRORS])
def test_public_name_has_an_example(name: str) -> None:
    lines = example(getattr(pgsluice, name).__doc__)

    assert 0 < len(lines.splitlines()) <= EXAMPLE_LINES_MAX
    compile(lines, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


@pytest.mark.parametrize("name", [name for name in pgsluice.__all__ if name not in ERRORS])
def test_public_methods_say_what_they_do(name: str) -> None:
    members = inspect.getmembers(getattr(pgsluice, name), inspect.isfunction)

    assert [key for key, member in members if not key.startswith("_") and not inspect.getdoc(member)] == []


def test_public_names_are_listed_and_no_other_is_offered() -> None:
    assert sorted(pgsluice.__all__) == pgsluice.__all__
    assert set(pgsluice.__all__) == set(pgsluice._HOMES)
    assert set(pgsluice.__all__) <= set(dir(pgsluice))
    with pytest.raises(AttributeError, match="has no attribute"):
        _ = pgsluice.Wrtier


def test_package_is_imported_without_what_it_offers() -> None:
    code = "import sys, pgsluice; print(*[name for name in sys.modules if name.startswith('pgsluice.')])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert found.stdout.split() == []


def public_methods(cls: type) -> dict[str, list[str]]:
    members = inspect.getmembers(cls, inspect.isfunction)
    return {name: list(inspect.signature(member).parameters) for name, member in members if name[0] != "_"}


def test_blocking_writer_has_what_the_writer_has() -> None:
    # A block begins and ends it.
    asked = public_methods(pgsluice.Writer)
    for name in ("start", "close", "abort"):
        asked.pop(name)

    found = public_methods(pgsluice.BlockingWriter)

    assert {name: found.get(name) for name in asked} == asked


def test_blocking_writer_is_made_as_the_writer_is() -> None:
    asked, found = (
        {name: (item.kind, item.default) for name, item in inspect.signature(cls).parameters.items()}
        for cls in (pgsluice.Writer, pgsluice.BlockingWriter)
    )

    assert found == asked
