"""The rooms of ARCHITECTURE.md: who may import whom, how long a file may be, and words that must not stand in one."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "pgsluice"
PYTHON_LINES_MAX = 300
RUST_LINES_MAX = 400

#: From left to right: a room imports only rooms of groups before its own, and itself.
GROUPS = [
    {"errors", "version", "_core", "points", "hardening"},
    {"driver"},
    {"catalog", "config", "embedded"},
    {"sources", "partitions", "wal", "state"},
    {"schema", "strategies", "holder"},
    {"plan"},
    {"pipeline", "recognition"},
    {"verification", "writer"},
    {"api"},
    {"demo"},
    {"cli"},
    {"__main__"},
]
PLACE = {room: number for number, group in enumerate(GROUPS) for room in group}


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: imports are written in full"
            yield node.module or ""
            # `from pgsluice import api` imports a room as well.
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "pgsluice")


def rooms_imported(path: Path) -> set[str]:
    parts = [found.split(".") for found in imported(path)]
    return {found[1] for found in parts if found[0] == "pgsluice" and len(found) > 1}


def tracked(*patterns: str) -> list[Path]:
    """The repository's own files, without what a build makes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def test_rooms_are_all_placed() -> None:
    assert {room_of(path) for path in modules()} - PLACE.keys() == set()


@pytest.mark.parametrize("path", modules(), ids=name)
def test_rooms_import_only_to_their_left(path: Path) -> None:
    own = room_of(path)

    wrong = {room for room in rooms_imported(path) if room != own and PLACE[room] >= PLACE[own]}

    assert wrong == set()


def test_driver_alone_imports_asyncpg() -> None:
    found = {room_of(path) for path in modules() if any(m.split(".")[0] == "asyncpg" for m in imported(path))}

    assert found == {"driver"}


def test_core_has_neither_python_nor_sockets_files_or_clocks() -> None:
    words = ("pyo3", "TcpStream", "UdpSocket", "std::fs", "std::time", "std::env", "std::process", "tokio")
    files = tracked("crates/pgsluice-core/src/*.rs", "crates/pgsluice-core/src/**/*.rs")

    found = [
        f"{name(path)}: {word}"
        for path in files
        if path.name != "tests.rs"
        for word in words
        if word in path.read_text(encoding="utf-8").partition("#[cfg(test)]")[0]
    ]

    assert files
    assert found == []


def test_core_forbids_unsafe_code() -> None:
    text = (ROOT / "crates/pgsluice-core/src/lib.rs").read_text(encoding="utf-8")
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")

    assert "forbid(unsafe_code)" in text or 'unsafe_code = "forbid"' in manifest


@pytest.mark.parametrize(
    ("pattern", "lines_max"), [("python/**/*.py", PYTHON_LINES_MAX), ("crates/**/*.rs", RUST_LINES_MAX)]
)
def test_files_fit_their_reader(pattern: str, lines_max: int) -> None:
    found = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in tracked(f":(glob){pattern}")}

    assert found
    assert {path: lines for path, lines in found.items() if lines > lines_max} == {}


def test_files_name_no_place_of_the_machine_they_were_written_on() -> None:
    places = ["/" + "work/", "/" + "root/", "/" + "tmp/wt"]
    ending = {".py", ".rs", ".sql", ".toml", ".md", ".pyi", ".sh", ".json", ""}

    found = [
        f"{name(path)}: {place}"
        for path in tracked()
        if path.suffix in ending
        for place in places
        if place in path.read_text(encoding="utf-8", errors="replace")
    ]

    assert found == []


def test_sql_files_open_with_their_purpose() -> None:
    files = tracked(":(glob)python/**/*.sql")

    assert files
    assert [name(path) for path in files if not path.read_text(encoding="utf-8").startswith("-- ")] == []


def test_modules_open_with_what_they_own() -> None:
    found = [name(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]

    assert found == []
