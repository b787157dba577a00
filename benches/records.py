"""Owns the results: one JSON line a workload and run, and the page that is made from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.machine import commit, machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIRECTORY = Path(__file__).parent / "results"
FILE, PAGE = "results.jsonl", "README.md"


@dataclass(frozen=True)
class Record:
    """One workload, measured."""

    workload: str
    title: str
    # What the tables have, what ran.
    setting: Mapping[str, object]
    # Headings and cells of the readable table.
    headings: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    figures: Mapping[str, object]
    server: Mapping[str, object] = field(default_factory=dict)


def append(records: Iterable[Record], directory: Path) -> None:
    """Add records to those there are, and write the page anew."""
    directory.mkdir(parents=True, exist_ok=True)
    about = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
    }
    with (directory / FILE).open("a") as file:
        for record in records:
            file.write(json.dumps(about | vars(record)) + "\n")
    lines = [json.loads(line) for line in (directory / FILE).read_text().splitlines()]
    (directory / PAGE).write_text(page(lines))


def page(lines: list[dict[str, Any]]) -> str:
    """Write the newest run of each workload as a page; older ones stay in the JSON lines."""
    newest = {line["workload"]: line for line in lines}
    parts = [
        "# Results",
        "Made by `make bench` from `results.jsonl`; do not edit. The newest run of each workload.",
    ]
    for line in sorted(newest.values(), key=lambda line: line["workload"]):
        parts += [
            f"## {line['workload']}: {line['title']}",
            _about(line),
            table(line["headings"], line["cells"]),
        ]
    return "\n\n".join(parts) + "\n"


def table(headings: Iterable[str], cells: Iterable[Iterable[str]]) -> str:
    """Write a markdown table."""
    rows = [list(headings), *([str(cell).replace("|", "\\|") for cell in row] for row in cells)]
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _about(line: dict[str, Any]) -> str:
    own = line["machine"]
    cores = f"{own['cores']} cores of {own['cpu']}, {own['memory_gib']} GiB"
    versions = f"{own['system']}, Python {own['python']}, asyncpg {own['asyncpg']}"
    facts = [f"{line['date']}, commit `{line['commit']}`, {cores}, {versions}."]
    if line["server"]:
        settings = ", ".join(f"{name} = {value}" for name, value in line["server"]["settings"].items())
        facts.append(f"PostgreSQL {line['server']['version']}: {settings}.")
    facts += [f"{name}: {_code(name, value)}." for name, value in line["setting"].items()]
    return "\n".join(facts)


def _code(name: str, value: object) -> str:
    return f"`{value}`" if name in {"command", "reference", "rules"} else str(value)
