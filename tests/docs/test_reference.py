"""Holds the reference pages to the code they are made from, and all pages to each other."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pgsluice._core import mask_specs
from pgsluice.cli.main import VERBS

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)")
#: Words that promise what the reader may not find so.
BANNED = re.compile(r"\b(simply|just(?! now)|easy|easily)\b", re.IGNORECASE)


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


GENERATED = load_generator().pages()


def outside_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", outside_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_reference_page_is_what_the_code_makes(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert GENERATED[name] == committed, "outdated: run make docs"


def test_reference_has_no_page_that_is_not_made() -> None:
    assert set(GENERATED) == {page.name for page in (ROOT / "docs" / "reference").glob("*.md")}


def test_every_mask_and_verb_has_its_section() -> None:
    masks = anchors(ROOT / "docs" / "reference" / "masks.md")
    verbs = anchors(ROOT / "docs" / "reference" / "cli.md")

    assert {f"#{spec.name}" for spec in mask_specs()} <= masks
    assert {f"#{verb}" for verb in VERBS} <= verbs


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(outside_code(page.read_text(encoding="utf-8"))):
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target + anchor


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_promise_nothing_simple(page: Path) -> None:
    assert BANNED.findall(outside_code(page.read_text(encoding="utf-8"))) == []
