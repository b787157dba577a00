"""What a verb does not need is not imported: it would be a third of the time until the first statement."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pgsluice import api

_CODE = """
import sys, pgsluice.cli.{verb}
pgsluice.api.{verb}
others = {{"partitions.detach", "recognition.recognisers", "recognition.survey", "verification.run", "wal.measuring"}}
sys.exit(", ".join(sorted(name for name in others - set({own}) if f"pgsluice.{{name}}" in sys.modules)) or 0)
"""


@pytest.mark.parametrize(
    ("verb", "own"),
    [
        ("copy", []),
        ("plan", []),
        ("status", []),
        ("release", []),
        ("init", ["recognition.recognisers", "recognition.survey"]),
        ("verify", ["verification.run"]),
        ("wal", ["wal.measuring"]),
    ],
    ids=str,
)
def test_verb_imports_no_other_verbs_rooms(verb: str, own: list[str]) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    code = _CODE.format(verb=verb, own=own)

    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_library_has_all_that_it_lists_and_no_other() -> None:
    assert [name for name in api.__all__ if getattr(api, name).__name__ != name] == []
    assert set(api.__all__) == set(api._HOMES)
    assert set(api.__all__) <= set(dir(api))
    with pytest.raises(AttributeError, match="has no attribute"):
        _ = api.cpoy
