"""Holds ARCHITECTURE.md to the code: its tables name every room and file, and imports go one way."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "pgsluice"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
#: From the top of the table on: a room imports rooms above it only.
ROOMS = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
#: Not rooms: the entry points, and a version that anybody may ask for.
OUTSIDE = {"__init__", "__main__", "version"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].partition(".")[0]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "pgsluice":
            names |= {f"pgsluice.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if room_of(path) not in OUTSIDE]


def test_rooms_of_the_page_are_those_of_the_package() -> None:
    found = {room_of(path) for path in [*FILES, PACKAGE / "_core.pyi"]}

    assert found == set(ROOMS)


def test_every_file_of_the_core_is_on_the_page() -> None:
    source = ROOT / "crates" / "pgsluice-core" / "src"
    named = set(re.findall(r"`(\w+)\.rs`", PAGE)) | {"lib", "error", "batch"}

    assert {path.stem for path in source.glob("*.rs")} <= named


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    room = room_of(path)
    above = {*ROOMS[: ROOMS.index(room) + 1], *OUTSIDE}
    asked = {name.split(".")[1] for name in imported(path) if name.startswith("pgsluice.")}

    assert asked <= above


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_driver_room_imports_the_driver(path: Path) -> None:
    asked = {name.partition(".")[0] for name in imported(path)}

    assert room_of(path) == "driver" or "asyncpg" not in asked
