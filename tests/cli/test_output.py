"""Standard output: readers that leave, JSON where a command fails, and a full disk."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from commands import PROGRAM


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PGSLUICE_", "PG"))}
    return subprocess.run(
        [PROGRAM, *arguments],
        env={**kept, "NO_COLOR": "1"}, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("arguments", "status"), [(["masks"], 0), (["masks", "--json"], 0), (["copy", "--json"], 2)])
def test_output_reader_that_leaves_changes_no_status(arguments: list[str], status: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ended = run(*arguments, stdout=writer)

    os.close(writer)
    assert ended.returncode == status, ended.stderr
    assert "Broken" not in ended.stderr
    assert "internal" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_output_that_cannot_be_written_is_an_error_of_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        ended = run("masks", stdout=full.fileno())

    assert ended.returncode == 1
    assert ended.stderr == "error: could not write to standard output: No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (["copy", "--json"], "usage", 2),
        (["copy", "--json", "--jobs=none"], "usage", 2),
        (["copy", "--json", "--source=postgresql://x@127.0.0.1:1/x", "--target=nowhere"], "usage", 2),
        (["plan", "--json", "--source=postgresql://x@127.0.0.1:1/x"], "connect", 4),
        (["status", "--json", "--target=postgresql://x@127.0.0.1:1/x"], "connect", 4),
        (["masks", "--json", "emial"], "usage", 2),
    ],
)
def test_output_as_json_is_the_error_where_there_is_nothing_else(arguments: list[str], code: str, status: int) -> None:
    ended = run(*arguments)

    found = json.loads(ended.stdout)
    assert ended.returncode == status
    assert (found["error"]["code"], found["error"]["exit_status"]) == (code, status)
    assert found["error"]["message"] in ended.stderr


def test_output_without_a_command_is_the_overview() -> None:
    ended = run()

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("Usage: pgsluice")
