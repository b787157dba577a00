"""Runs the pages: every block marked as runnable, in its order, on servers of its own.

A page names its fixture in a comment: `<!-- databases: people -->`. Without one it starts its own servers.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages import PASSWORD, ROOT, Block, blocks, people_sql

from servers import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server

GUIDES = sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/guides/*.md"))
PAGES = ("README.md", "docs/tutorial.md", *GUIDES)
FIXTURE = re.compile(r"<!-- databases: (\w+) -->")
LANGUAGES = {"run": "sh", "shows": "text", "on": "sql"}
PAGE_TIMEOUT_S = 120
RUN_SQL = """
import asyncio, os, sys, asyncpg

async def main():
    connection = await asyncpg.connect(os.environ[sys.argv[1]])
    await connection.execute(sys.stdin.read())
    await connection.close()

asyncio.run(main())
"""


def as_shell(block: Block) -> str:
    if "file" in block.words:
        name = block.words["file"]
        return f"mkdir -p \"$(dirname '{name}')\"\ncat > '{name}' <<'END OF FILE'\n{block.text}END OF FILE\n"
    if "on" in block.words:
        variable = f"ADMIN_{block.words['on'].upper()}"
        return f"python ../run_sql.py {variable} <<'END OF SQL'\n{block.text}END OF SQL\n"
    return block.text


def script(page: str) -> str:
    lines = ["set -eu"]
    for block in blocks(page):
        if block.is_command:
            expected = block.words.get("exit", "0")
            lines += [
                f"echo block {block.number} > ../last",
                "set +e" if expected != "0" else "set -e",
                f"{{\n{as_shell(block)}}} > ../output.{block.number} 2>&1",
                *([f"[ $? = {expected} ] || exit 99", "set -e"] if expected != "0" else []),
            ]
    return "\n".join(lines) + "\n"


def missing_line(expected: str, output: str) -> str | None:
    """Give the first line of `expected` that is not in `output` behind the line before it."""
    left = iter(" ".join(line.split()) for line in output.splitlines())
    for wanted in filter(None, (" ".join(line.split()) for line in expected.splitlines())):
        pattern = re.compile(".*".join(re.escape(part) for part in re.split(r"\s?…\s?", wanted)))
        if not any(pattern.fullmatch(line) for line in left):
            return wanted
    return None


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """Two servers: the pages make roles, which belong to the whole server."""
    with running_server() as source, running_server() as target:
        yield source, target


def environment(page: str, servers: tuple[Server, Server], directory: Path) -> dict[str, str]:
    """What a reader of the page has: programs on the path, addresses, nothing of our own settings."""
    base = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "XDG"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), base.get("PATH", "")])
    found = base | {"PATH": path, "HOME": str(directory)}
    fixture = FIXTURE.search((ROOT / page).read_text(encoding="utf-8"))
    if fixture is None:
        return found
    for role, server in zip(("source", "target"), servers, strict=True):
        name = "shop" if role == "source" else "shop_masked"
        server.psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.create_database(name)
        found[f"ADMIN_{role.upper()}"] = found[f"PGSLUICE_{role.upper()}"] = server.dsn(name)
        if fixture[1] == "roles":
            user = f"postgresql://pgsluice_{role}:{PASSWORD}@127.0.0.1:{server.port}/{name}"
            found[f"PGSLUICE_{role.upper()}"] = user
    servers[0].psql(people_sql(), database="shop")
    return found


@pytest.mark.db
@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_a_page_run(page: str, servers: tuple[Server, Server], tmp_path: Path) -> None:
    (tmp_path / "run_sql.py").write_text(RUN_SQL, encoding="utf-8")
    directory = tmp_path / "work"
    directory.mkdir()
    with subprocess.Popen(
        ["bash", "-c", script(page)],
        cwd=directory,
        env=environment(page, servers, tmp_path),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            status: int | str = process.wait(PAGE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            status = f"not ended after {PAGE_TIMEOUT_S} s"
        # What the page started in the background goes with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    last = (tmp_path / "last").read_text(encoding="utf-8").strip()
    output = {path.suffix[1:]: path.read_text(encoding="utf-8") for path in tmp_path.glob("output.*")}
    said = output.get(last.removeprefix("block "), "")
    assert status == 0, f"{page}, {last}, status {status}:\n{said}"
    before = ""
    for block in blocks(page):
        if block.is_command:
            before = output[str(block.number)]
        elif "shows" in block.words:
            missing = missing_line(block.text, before)
            assert missing is None, f"{page}, block {block.number}: no line {missing!r} in\n{before}"


@pytest.mark.parametrize("page", PAGES)
def test_marks_of_a_page_are_known(page: str) -> None:
    for block in blocks(page):
        assert block.words.keys() <= {"run", "exit", "file", "on", "shows", "existing"}, block.number
        for word, language in LANGUAGES.items():
            assert word not in block.words or block.language == language, block.number
